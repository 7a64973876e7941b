"""Who signs how, as typed values; one page per way of signing, so that a wrong entry stands out."""
