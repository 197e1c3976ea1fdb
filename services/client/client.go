// Package client calls Continuo's services over gRPC: connections with TLS and keys, calls that are
// safe to repeat and repeated when a service is away, lists as iterators, and the change feed with
// resuming. The messages and stubs are those of the module gen.
//
// It depends on gRPC and the generated code only.
package client

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

const (
	maxAnswerBytes   = 64 << 20
	firstReconnect   = 100 * time.Millisecond
	lastReconnect    = 5 * time.Second
	keepaliveTime    = time.Minute
	keepaliveTimeout = 20 * time.Second
)

// serviceConfig balances calls between the addresses of a name, and repeats a call that a service
// could not take up to three times. Every call that changes something has an idempotency key, so a
// repetition has no second effect.
const serviceConfig = `{
	"loadBalancingConfig": [{"round_robin": {}}],
	"methodConfig": [{
		"name": [{}],
		"retryPolicy": {
			"maxAttempts": 4, "initialBackoff": "0.1s", "maxBackoff": "2s", "backoffMultiplier": 2,
			"retryableStatusCodes": ["UNAVAILABLE"]
		}
	}]
}`

// Option changes how Dial connects.
type Option func(*settings)

type settings struct {
	transport credentials.TransportCredentials
	key       string
	more      []grpc.DialOption
}

// TLS encrypts the connection. A zero tls.Config trusts the system's certificates.
func TLS(config *tls.Config) Option {
	return func(s *settings) { s.transport = credentials.NewTLS(config) }
}

// Key authenticates calls with an API key. Without TLS it is sent to loopback addresses only.
func Key(key string) Option {
	return func(s *settings) { s.key = key }
}

// With adds options of gRPC.
func With(options ...grpc.DialOption) Option {
	return func(s *settings) { s.more = append(s.more, options...) }
}

// Dial returns a connection to the service at `host:port`. It does not wait for the service. Close
// the connection when it is no longer needed.
func Dial(address string, options ...Option) (*grpc.ClientConn, error) {
	chosen := settings{transport: insecure.NewCredentials()}
	for _, option := range options {
		option(&chosen)
	}
	reconnect := backoff.DefaultConfig
	reconnect.BaseDelay, reconnect.MaxDelay = firstReconnect, lastReconnect
	all := []grpc.DialOption{
		grpc.WithTransportCredentials(chosen.transport),
		grpc.WithDefaultServiceConfig(serviceConfig),
		grpc.WithUnaryInterceptor(withKey),
		grpc.WithConnectParams(grpc.ConnectParams{Backoff: reconnect, MinConnectTimeout: lastReconnect}),
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: keepaliveTime, Timeout: keepaliveTimeout}),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(maxAnswerBytes)),
	}
	if chosen.key != "" {
		all = append(all, grpc.WithPerRPCCredentials(bearer{chosen.key, !isLoopback(address)}))
	}
	connection, err := grpc.NewClient(address, append(all, chosen.more...)...)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", address, err)
	}
	return connection, nil
}

// bearer sends a key with each call.
type bearer struct {
	key    string
	secure bool
}

// GetRequestMetadata returns the header that holds the key.
func (b bearer) GetRequestMetadata(context.Context, ...string) (map[string]string, error) {
	return map[string]string{"authorization": "Bearer " + b.key}, nil
}

// RequireTransportSecurity reports whether the key needs an encrypted connection.
func (b bearer) RequireTransportSecurity() bool { return b.secure }

func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
