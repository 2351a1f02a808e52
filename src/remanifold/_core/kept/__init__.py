"""What is kept between calls: the cache folder with its secret, and unfinished work."""
