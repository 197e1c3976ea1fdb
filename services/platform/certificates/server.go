package certificates

import (
	"crypto/tls"
	"fmt"
	"net"

	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// HTTPS returns the configuration of an HTTP server, or nil without TLS. It asks callers for no
// certificate.
func (s *Set) HTTPS() *tls.Config {
	if s == nil {
		return nil
	}
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.loaded.Load().certificate, nil },
	}
}

// Server returns the credentials of a gRPC server, or nil without TLS. With a CA file, each caller has
// to present a certificate that it signed. Connections within the process need no TLS.
func (s *Set) Server() credentials.TransportCredentials {
	if s == nil {
		return nil
	}
	return server{credentials.NewTLS(&tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return s.serverConfig(), nil },
	})}
}

func (s *Set) serverConfig() *tls.Config {
	loaded := s.loaded.Load()
	config := &tls.Config{
		MinVersion:   tls.VersionTLS12,
		Certificates: []tls.Certificate{*loaded.certificate},
		// A resumed session would not check a caller's certificate again.
		SessionTicketsDisabled: true,
	}
	if loaded.authorities != nil {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, loaded.authorities
	}
	return config
}

// server are credentials that apply to connections from the network only.
type server struct {
	credentials.TransportCredentials
}

// ServerHandshake leaves a connection within the process as it is.
func (s server) ServerHandshake(connection net.Conn) (net.Conn, credentials.AuthInfo, error) {
	of := s.TransportCredentials
	if _, network := connection.RemoteAddr().(*net.TCPAddr); !network {
		of = insecure.NewCredentials()
	}
	encrypted, info, err := of.ServerHandshake(connection)
	if err != nil {
		return nil, nil, fmt.Errorf("accepting %s: %w", connection.RemoteAddr(), err)
	}
	return encrypted, info, nil
}

// Clone returns equal credentials.
func (s server) Clone() credentials.TransportCredentials {
	return server{s.TransportCredentials.Clone()}
}
