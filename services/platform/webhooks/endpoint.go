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

// Reasons for which an endpoint is disabled.
const (
	disabledByRequest = "BY_REQUEST"
	disabledGone      = "GONE"
)

// endpoint is the state of a webhook endpoint in the change feed. It holds no secret.
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

// stored is an endpoint with its secrets and the state of its deliveries.
type stored struct {
	endpoint
	tenant auth.Tenant
	// secret signs payloads, together with previous until previousUntil. number counts the secrets
	// so far.
	secret, previous secret
	previousUntil    time.Time
	number           int64
	// texts holds the texts of the secrets in the row as it was read.
	texts map[secret]string
	// cursor is the position up to which all changes have been handled.
	cursor feed.Position
	// retryingSince is when the retry period for undelivered changes last started.
	retryingSince time.Time
	// attempts counts the failed attempts for the next change, and lastError is the reason of the
	// latest.
	attempts     int
	nextAttempt  time.Time
	lastError    string
	lastDelivery time.Time
	leaseOwner   string
	leaseUntil   time.Time
}

func (e endpoint) name() string { return collection + e.ID }

// Etag returns the etag of the current state.
func (e endpoint) Etag() string { return id.Etag(e.Version) }

// wants reports whether a change passes the endpoint's filters. Changes of endpoints themselves are
// never sent.
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

// delivery returns the state of an endpoint's deliveries.
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

// secrets returns the secrets that sign a payload sent at a time, the current one first.
func (s *stored) secrets(at time.Time) []secret {
	if s.previous != "" && at.Before(s.previousUntil) {
		return []secret{s.secret, s.previous}
	}
	return []secret{s.secret}
}

// resetRetries allows undelivered changes to be tried at once and for the full retry period.
func (s *stored) resetRetries(now time.Time) {
	s.retryingSince, s.attempts, s.nextAttempt, s.lastError = now, 0, time.Time{}, ""
}

// changeable lists the fields that an update may change.
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

// setDisabled keeps the existing reason of an endpoint that is already disabled.
func setDisabled(e *endpoint, asked *pb.WebhookEndpoint) {
	switch {
	case !asked.GetDisabled():
		e.DisabledReason = ""
	case e.DisabledReason == "":
		e.DisabledReason = disabledByRequest
	}
}

// apply sets the fields named in paths: with `*` all that can be changed, without paths those that
// are not empty, of which there must be at least one.
func (e *endpoint) apply(asked *pb.WebhookEndpoint, paths []string) error {
	for _, path := range paths {
		if _, known := changeable[path]; !known && path != "*" {
			return fault.InvalidField("update_mask", reason.UnknownField, "%s cannot be changed by an update", path)
		}
	}
	changes := false
	for path, field := range changeable {
		if slices.Contains(paths, path) || slices.Contains(paths, "*") || len(paths) == 0 && field.isSet(asked) {
			field.set(e, asked)
			changes = true
		}
	}
	if !changes {
		return fault.InvalidField("webhook_endpoint", reason.NothingToChange,
			"contains no field to change; to clear a field, name it in update_mask")
	}
	return nil
}

// deliversLike reports whether both states send the same changes to the same URL.
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
