// ServerCommands
