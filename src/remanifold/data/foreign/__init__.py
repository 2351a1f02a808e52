"""What files of strangers may name: codecs, types and files, looked at before anything is decoded."""
