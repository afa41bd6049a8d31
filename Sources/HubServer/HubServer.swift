import Hummingbird
import GRDB
import Crypto
import NIOPosix
