import HummingbirdCore
import HummingbirdTLS
import NIOSSL
import X509
import Crypto
