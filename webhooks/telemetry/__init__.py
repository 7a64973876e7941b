"""What is said, in one place: log lines, metrics and reports to Sentry, labels from closed lists."""
