"""Tests whether generated samples are copies of training rows."""
