package database

import (
	"net"
	"syscall"
	"testing"
)

func TestDialSetsKeepaliveAndTimeout(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }() // nobody is connected any more
	connection, err := dial(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = connection.Close() }() // nothing was sent
	raw, err := connection.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	for name, option := range map[string]struct{ level, option, want int }{
		"keepalive":            {syscall.SOL_SOCKET, syscall.SO_KEEPALIVE, 1},
		"seconds idle":         {syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE, int(keepaliveIdle.Seconds())},
		"probes":               {syscall.IPPROTO_TCP, syscall.TCP_KEEPCNT, keepaliveProbes},
		"ms of unacknowledged": {syscall.IPPROTO_TCP, tcpUserTimeout, int(unacknowledged.Milliseconds())},
	} {
		var got int
		var getErr error
		if err := raw.Control(func(descriptor uintptr) {
			got, getErr = syscall.GetsockoptInt(int(descriptor), option.level, option.option)
		}); err != nil || getErr != nil {
			t.Fatal(err, getErr)
		}
		if got != option.want {
			t.Errorf("%s: got %d, want %d", name, got, option.want)
		}
	}
}
