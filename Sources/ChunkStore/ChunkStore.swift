// ChunkStore
