package webhooks

import (
	"context"
	"slices"
	"strings"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	changesv1 "github.com/continuo-billing/continuo/gen/go/continuo/changes/v1"
	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/feed"
	"github.com/continuo-billing/continuo/services/platform/id"
)

const collection = "webhookEndpoints/"

// Why an endpoint is disabled.
const (
	disabledByRequest = "BY_REQUEST"
	disabledGone      = "GONE"
)

// endpoint is a webhook endpoint as its mutations leave it: its state in the change feed. It has no secret.
type endpoint struct {
	ID             string           `json:"id"`
	URL            string           `json:"url"`
	Description    string           `json:"description,omitempty"`
	ResourceTypes  []string         `json:"resource_types,omitempty"`
	Kinds          []changesv1.Kind `json:"kinds,omitempty"`
	DisabledReason string           `json:"disabled_reason,omitempty"`
	Version        int64            `json:"version"`
	CreateTime     time.Time        `json:"create_time"`
	UpdateTime     time.Time        `json:"update_time"`
}

// stored is an endpoint with its secrets and how its deliveries stand.
type stored struct {
	endpoint
	tenant auth.Tenant
	// secret signs, and previous beside it until an instant. number counts the secrets there were.
	secret, previous secret
	previousUntil    time.Time
	number           int64
	// cursor is the place in the feed up to which everything is dealt with.
	cursor feed.Position
	// patientSince is when the endpoint was last given time anew to take what waits.
	patientSince time.Time
	// attempts counts the failures of the next change, lastError is the latest one's reason.
	attempts     int
	nextAttempt  time.Time
	lastError    string
	lastDelivery time.Time
	leaseOwner   string
	leaseUntil   time.Time
}

func (e endpoint) name() string { return collection + e.ID }

// Etag tells the endpoint's states apart.
func (e endpoint) Etag() string { return id.Etag(e.Version) }

// wants reports whether a change passes the endpoint's filters. Endpoints are not told of endpoints.
func (e endpoint) wants(change *changesv1.Change) bool {
	return change.GetResourceType() != resourceType &&
		(len(e.ResourceTypes) == 0 || slices.Contains(e.ResourceTypes, change.GetResourceType())) &&
		(len(e.Kinds) == 0 || slices.Contains(e.Kinds, change.GetKind()))
}

func (e endpoint) message() *pb.WebhookEndpoint {
	return &pb.WebhookEndpoint{
		Name: e.name(), Url: e.URL, Description: e.Description, ResourceTypes: e.ResourceTypes, Kinds: e.Kinds,
		Disabled: e.DisabledReason != "", DisabledReason: e.DisabledReason,
		CreateTime: timestamppb.New(e.CreateTime), UpdateTime: timestamppb.New(e.UpdateTime), Etag: e.Etag(),
	}
}

// delivery is how an endpoint's deliveries stand.
func (s *Server) delivery(ctx context.Context, of *stored) (*pb.DeliveryState, error) {
	token, err := s.tokens.Seal(ctx, of.tenant, of.cursor)
	if err != nil {
		return nil, err
	}
	return &pb.DeliveryState{
		Token: token, FailedAttempts: int32(of.attempts), NextAttemptTime: timestamp(of.nextAttempt),
		LastError: of.lastError, LastDeliveryTime: timestamp(of.lastDelivery),
	}, nil
}

// secrets are those a payload sent at an instant is signed with, the present one first.
func (s *stored) secrets(at time.Time) []secret {
	if s.previous != "" && at.Before(s.previousUntil) {
		return []secret{s.secret, s.previous}
	}
	return []secret{s.secret}
}

// startAnew lets what waits be tried at once and for the whole of its time.
func (s *stored) startAnew(now time.Time) {
	s.patientSince, s.attempts, s.nextAttempt, s.lastError = now, 0, time.Time{}, ""
}

// changeable are the fields an update may name, in the order of the message.
var changeable = map[string]struct {
	set   func(e *endpoint, asked *pb.WebhookEndpoint)
	isSet func(asked *pb.WebhookEndpoint) bool
}{
	"url": {
		func(e *endpoint, asked *pb.WebhookEndpoint) { e.URL = asked.GetUrl() },
		func(asked *pb.WebhookEndpoint) bool { return asked.GetUrl() != "" },
	},
	"description": {
		func(e *endpoint, asked *pb.WebhookEndpoint) { e.Description = asked.GetDescription() },
		func(asked *pb.WebhookEndpoint) bool { return asked.GetDescription() != "" },
	},
	"resource_types": {
		func(e *endpoint, asked *pb.WebhookEndpoint) { e.ResourceTypes = asked.GetResourceTypes() },
		func(asked *pb.WebhookEndpoint) bool { return len(asked.GetResourceTypes()) > 0 },
	},
	"kinds": {
		func(e *endpoint, asked *pb.WebhookEndpoint) { e.Kinds = asked.GetKinds() },
		func(asked *pb.WebhookEndpoint) bool { return len(asked.GetKinds()) > 0 },
	},
	"disabled": {
		setDisabled,
		(*pb.WebhookEndpoint).GetDisabled,
	},
}

// setDisabled keeps the reason of an endpoint that is disabled already.
func setDisabled(e *endpoint, asked *pb.WebhookEndpoint) {
	switch {
	case !asked.GetDisabled():
		e.DisabledReason = ""
	case e.DisabledReason == "":
		e.DisabledReason = disabledByRequest
	}
}

// apply takes over the fields that paths name: with `*` all that may be changed, with none those that are not empty, of
// which there must be one.
func (e *endpoint) apply(asked *pb.WebhookEndpoint, paths []string) error {
	for _, path := range paths {
		if _, known := changeable[path]; !known && path != "*" {
			return fault.InvalidField("update_mask", reason.UnknownField, "%s cannot be changed by an update", path)
		}
	}
	asks := false
	for path, field := range changeable {
		if slices.Contains(paths, path) || slices.Contains(paths, "*") || len(paths) == 0 && field.isSet(asked) {
			field.set(e, asked)
			asks = true
		}
	}
	if !asks {
		return fault.InvalidField("webhook_endpoint", reason.NothingToChange,
			"holds nothing that an update can change; what is to become empty is named in update_mask")
	}
	return nil
}

// deliversLike reports whether the same is sent to the same place as by another state of the endpoint.
func (e endpoint) deliversLike(other endpoint) bool {
	return e.URL == other.URL && e.DisabledReason == other.DisabledReason &&
		slices.Equal(e.ResourceTypes, other.ResourceTypes) && slices.Equal(e.Kinds, other.Kinds)
}

func idIn(name string) string {
	name, _, _ = strings.Cut(strings.TrimPrefix(name, collection), "/")
	return name
}

func timestamp(at time.Time) *timestamppb.Timestamp {
	if at.IsZero() {
		return nil
	}
	return timestamppb.New(at)
}
