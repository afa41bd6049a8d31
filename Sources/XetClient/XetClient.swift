// XetClient
