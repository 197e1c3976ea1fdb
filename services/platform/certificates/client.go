package certificates

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// Client returns credentials for calling gRPC servers, which have to present a certificate for the name
// in their address. Without TLS they encrypt nothing.
func (s *Set) Client() credentials.TransportCredentials {
	if s == nil {
		return insecure.NewCredentials()
	}
	return client{credentials.NewTLS(s.ClientConfig()), s}
}

// ClientConfig returns the configuration of a client with what is loaded now.
func (s *Set) ClientConfig() *tls.Config {
	loaded := s.loaded.Load()
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: loaded.authorities}
	if loaded.certificate != nil {
		config.Certificates = []tls.Certificate{*loaded.certificate}
	}
	return config
}

// client are credentials that use what is loaded when a connection is made. A tls.Config alone cannot
// change the authorities that it trusts.
type client struct {
	credentials.TransportCredentials
	set *Set
}

// ClientHandshake encrypts a connection to the server of a name.
func (c client) ClientHandshake(ctx context.Context, name string, connection net.Conn) (net.Conn, credentials.AuthInfo, error) {
	return credentials.NewTLS(c.set.ClientConfig()).ClientHandshake(ctx, name, connection) //nolint:wrapcheck // gRPC says which server
}

// Clone returns equal credentials.
func (c client) Clone() credentials.TransportCredentials {
	return client{c.TransportCredentials.Clone(), c.set}
}

// OwnServerConfig returns the configuration of a client of the server that presents this set's
// certificate. It accepts only that certificate, whatever the address by which the server is called.
func (s *Set) OwnServerConfig() *tls.Config {
	leaf := s.loaded.Load().certificate.Leaf
	config := &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
	config.RootCAs.AddCert(leaf)
	if len(leaf.DNSNames) > 0 {
		config.ServerName = leaf.DNSNames[0]
	} else if len(leaf.IPAddresses) > 0 {
		config.ServerName = leaf.IPAddresses[0].String()
	}
	return config
}
