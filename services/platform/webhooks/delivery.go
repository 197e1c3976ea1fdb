package webhooks

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	"github.com/continuo-billing/continuo/services/platform/clock"
	"github.com/continuo-billing/continuo/services/platform/feed"
)

// Responses are read up to these limits, so that connections can be reused, and discarded.
const (
	maxResponseBody   = 4 << 10
	maxResponseHeader = 64 << 10
)

// envelope is the body sent to receivers.
type envelope struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// payload returns the body for a change, without the state if the body would otherwise be too
// large.
func payload(change *changesv1.Change) ([]byte, error) {
	kind := strings.ToLower(strings.TrimPrefix(change.GetKind().String(), "KIND_"))
	encode := func(change *changesv1.Change) ([]byte, error) {
		data, err := protojson.Marshal(change)
		if err != nil {
			return nil, fmt.Errorf("encoding a change of %s: %w", change.GetResource(), err)
		}
		return json.Marshal(envelope{Type: change.GetResourceType() + "." + kind, Timestamp: change.GetChangeTime().AsTime(), Data: data})
	}
	body, err := encode(change)
	if err != nil || len(body) <= maxPayload {
		return body, err
	}
	change = proto.CloneOf(change)
	change.State = nil
	return encode(change)
}

// ping returns the body of a test event.
func ping(to *stored, at time.Time) ([]byte, error) {
	data, err := json.Marshal(map[string]string{"webhookEndpoint": to.name()})
	if err != nil {
		return nil, fmt.Errorf("encoding a test event: %w", err)
	}
	return json.Marshal(envelope{Type: "webhook.ping", Timestamp: at, Data: data})
}

// messageID returns the id of the message for a change, which is the same for each attempt.
func messageID(endpointID string, position feed.Position) string {
	return "msg_" + endpointID + "_" + positionID(position)
}

// positionID returns a position as part of a name.
func positionID(position feed.Position) string {
	return fmt.Sprintf("%d-%d", position.Transaction, position.Sequence)
}

// outcome is the result of one attempt.
type outcome struct {
	// status is the HTTP status of the response, 0 without one.
	status int
	// reason says why the attempt failed, "" if it succeeded. It reveals nothing about the internal
	// network.
	reason string
}

func (o outcome) delivered() bool { return o.reason == "" }

// sender sends signed payloads.
type sender struct {
	client       *http.Client
	clock        clock.Clock
	allowPrivate bool
	// timeout is how long it waits for a response.
	timeout time.Duration
}

// newSender returns a sender that waits for a response for the duration of timeout.
func newSender(config Config, timeout time.Duration) *sender {
	return &sender{timeout: timeout, clock: config.Clock, allowPrivate: config.AllowPrivateTargets, client: &http.Client{
		Timeout:       timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		// No proxy: it would bypass the dialer that checks addresses.
		Transport: &http.Transport{
			DialContext:            dialer(config.AllowPrivateTargets).DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: maxResponseHeader,
		},
	}}
}

// send posts a body to an endpoint. It returns an error only for failures on our side.
func (s *sender) send(ctx context.Context, to *stored, message string, body []byte) (outcome, error) {
	// The setting may have become stricter since the endpoint was created.
	if err := checkURL(to.URL, s.allowPrivate); err != nil {
		return outcome{reason: errPrivateTarget.Error()}, nil
	}
	now := s.clock.Now()
	signature, err := sign(to.secrets(now), message, now, body)
	if err != nil {
		return outcome{}, err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(body))
	if err != nil {
		return outcome{}, fmt.Errorf("preparing %s: %w", message, errors.Unwrap(err))
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Continuo-Webhooks/1")
	request.Header.Set(standardwebhooks.HeaderWebhookID, message)
	request.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	request.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
	ended := traced(request)
	response, err := s.client.Do(request)
	if err != nil {
		ended(0)
		return outcome{reason: reasonOf(err, s.timeout)}, nil
	}
	ended(response.StatusCode)
	defer func() { _ = response.Body.Close() }() // only the status matters, and it has been read
	_, _ = io.CopyN(io.Discard, response.Body, maxResponseBody)
	switch {
	case response.StatusCode >= 200 && response.StatusCode < 300:
		return outcome{status: response.StatusCode}, nil
	case response.StatusCode >= 300 && response.StatusCode < 400:
		return outcome{response.StatusCode, fmt.Sprintf("the response was the redirect %d, which is not followed", response.StatusCode)}, nil
	}
	return outcome{response.StatusCode, fmt.Sprintf("the response status was %d", response.StatusCode)}, nil
}

// reasonOf describes why there was no response, without the addresses in network errors.
func reasonOf(err error, timeout time.Duration) string {
	var resolve *net.DNSError
	var connect *net.OpError
	var exchange *url.Error
	switch {
	case errors.Is(err, errPrivateTarget):
		return errPrivateTarget.Error()
	case errors.As(err, &exchange) && exchange.Timeout():
		return fmt.Sprintf("no response within %s", timeout)
	case errors.As(err, &resolve):
		return "the host name cannot be resolved"
	case errors.As(err, &connect) && connect.Op == "dial":
		return "the host does not accept connections"
	case strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "x509: "):
		return "the TLS certificate or handshake of the host is not trusted"
	}
	return "the connection ended without a response"
}
