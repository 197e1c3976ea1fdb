// Package freeport finds ports for servers that tests start, kill and start again.
//
// A port that the kernel chooses (":0") is free only until the next connection of any process on the machine takes it as
// its own end, so a server that comes back may find it in use. The ports given here lie below those that connections take.
package freeport

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"sync"
)

// The ports given lie from first up to last. Linux lets connections take ports from 32768.
const (
	first = 20000
	last  = 32767
)

var (
	mu    sync.Mutex
	given = map[int]bool{}
)

// Find returns a port on 127.0.0.1 that nothing listens on, a different one at each call of the process.
func Find() (int, error) {
	mu.Lock()
	defer mu.Unlock()
	var refused error
	for range 100 {
		port := first + rand.N(last-first+1)
		if given[port] {
			continue
		}
		listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err != nil {
			refused = err
			continue
		}
		if err := listener.Close(); err != nil {
			return 0, fmt.Errorf("freeing port %d: %w", port, err)
		}
		given[port] = true
		return port, nil
	}
	return 0, fmt.Errorf("finding a free port: %w", errors.Join(errors.New("100 were tried"), refused))
}

// Address returns 127.0.0.1 with a port that Find returns.
func Address() (string, error) {
	port, err := Find()
	if err != nil {
		return "", err
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), nil
}
