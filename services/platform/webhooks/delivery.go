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

// Of an answer no more than this is read, to let the connection be used again; nothing of it is kept.
const (
	mostAnswerBody   = 4 << 10
	mostAnswerHeader = 64 << 10
)

// envelope is the body that receivers are sent.
type envelope struct {
	Type      string          `json:"type"`
	Timestamp time.Time       `json:"timestamp"`
	Data      json.RawMessage `json:"data"`
}

// payload is the body that tells of a change; without its state where that makes it larger than what may be sent.
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
	if err != nil || len(body) <= largestPayload {
		return body, err
	}
	change = proto.CloneOf(change)
	change.State = nil
	return encode(change)
}

// ping is the body of a test event.
func ping(to *stored, at time.Time) ([]byte, error) {
	data, err := json.Marshal(map[string]string{"webhookEndpoint": to.name()})
	if err != nil {
		return nil, fmt.Errorf("encoding a test event: %w", err)
	}
	return json.Marshal(envelope{Type: "webhook.ping", Timestamp: at, Data: data})
}

// messageID is the same for every sending of a change to an endpoint.
func messageID(endpointID string, position feed.Position) string {
	return "msg_" + endpointID + "_" + placeID(position)
}

// placeID is a place in the feed as part of a name.
func placeID(position feed.Position) string {
	return fmt.Sprintf("%d-%d", position.Transaction, position.Sequence)
}

// outcome is what came of sending once.
type outcome struct {
	// status is that of the answer, 0 without one.
	status int
	// reason tells a person why it failed, "" if it did not. It shows nothing of the network behind the service.
	reason string
}

func (o outcome) delivered() bool { return o.reason == "" }

// sender sends signed payloads.
type sender struct {
	client       *http.Client
	clock        clock.Clock
	allowPrivate bool
}

func newSender(config Config) *sender {
	return &sender{clock: config.Clock, allowPrivate: config.AllowPrivateTargets, client: &http.Client{
		Timeout:       deliveryTimeout,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		// No proxy: it would connect in place of the dialer that checks addresses.
		Transport: &http.Transport{
			DialContext:            dialer(config.AllowPrivateTargets).DialContext,
			ForceAttemptHTTP2:      true,
			MaxIdleConnsPerHost:    2,
			IdleConnTimeout:        30 * time.Second,
			MaxResponseHeaderBytes: mostAnswerHeader,
		},
	}}
}

// send posts a body to an endpoint. An error is one of ours, not of the receiver's.
func (s *sender) send(ctx context.Context, to *stored, message string, body []byte) (outcome, error) {
	// The setting may have become stricter since the endpoint was made.
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
	response, err := s.client.Do(request)
	if err != nil {
		return outcome{reason: reasonOf(err)}, nil
	}
	defer func() { _ = response.Body.Close() }() // the status has been read, and it alone counts
	_, _ = io.CopyN(io.Discard, response.Body, mostAnswerBody)
	switch {
	case response.StatusCode >= 200 && response.StatusCode < 300:
		return outcome{status: response.StatusCode}, nil
	case response.StatusCode >= 300 && response.StatusCode < 400:
		return outcome{response.StatusCode, fmt.Sprintf("the answer was the redirect %d, which is not followed", response.StatusCode)}, nil
	}
	return outcome{response.StatusCode, fmt.Sprintf("the answer was %d", response.StatusCode)}, nil
}

// reasonOf tells why there was no answer, without the addresses that the network's own errors name.
func reasonOf(err error) string {
	var resolve *net.DNSError
	var connect *net.OpError
	var exchange *url.Error
	switch {
	case errors.Is(err, errPrivateTarget):
		return errPrivateTarget.Error()
	case errors.As(err, &exchange) && exchange.Timeout():
		return fmt.Sprintf("no answer within %s", deliveryTimeout)
	case errors.As(err, &resolve):
		return "the host's name cannot be resolved"
	case errors.As(err, &connect) && connect.Op == "dial":
		return "the host takes no connection"
	case strings.Contains(err.Error(), "tls: ") || strings.Contains(err.Error(), "x509: "):
		return "the host offers no TLS that can be trusted"
	}
	return "the connection ended without an answer"
}
