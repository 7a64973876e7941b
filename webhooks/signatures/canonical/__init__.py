"""What providers sign that no template can say: from a request to the bytes under the HMAC."""
