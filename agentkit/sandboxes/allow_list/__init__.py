"""Allow-list: the few hosts that a command may reach while its network stays closed.

Outside, a proxy of ours listens on a Unix socket and connects to listed hosts only. The socket is
mounted in; inside, a forwarder listens on the loopback and hands every connection to it. The same
forwarder serves any other socket that is mounted in.
"""
