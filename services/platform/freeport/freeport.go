// Package freeport finds ports for servers that tests start, kill and restart.
//
// A port that the kernel chooses (":0") may be taken by an outgoing connection of any process while
// the server is down. The ports of this package lie below the range of outgoing connections.
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

// Ports are chosen from first to last. Linux uses ports from 32768 for outgoing connections.
const (
	first = 20000
	last  = 32767
)

var (
	mu    sync.Mutex
	given = map[int]bool{}
)

// Find returns a port on 127.0.0.1 that nothing listens on. Each call in the process returns a
// different one.
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

// Address returns 127.0.0.1 with a port from Find.
func Address() (string, error) {
	port, err := Find()
	if err != nil {
		return "", err
	}
	return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), nil
}
