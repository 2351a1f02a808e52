"""What is kept between calls: the cache folder with its secret, unfinished work, and records read again."""
