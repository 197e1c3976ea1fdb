package webhooks

import (
	"context"
	"time"

	pb "github.com/continuo-billing/continuo/gen/go/continuo/webhooks/v1"
	"github.com/continuo-billing/continuo/services/platform/database"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/platform/listing/aip"
	"github.com/continuo-billing/continuo/services/platform/mutation"
	"github.com/continuo-billing/continuo/services/platform/resourcename"
	"github.com/continuo-billing/continuo/services/platform/webhooks/internal/rows"
)

var endpointNames = resourcename.MustCompile(collection + "{webhook_endpoint}")

var endpointList = listing.Spec[stored]{
	Name: "webhookEndpoints", Key: []string{"name"},
	Fields: listing.Fields[stored]{
		"name":     {Filter: true, Order: true, Parse: endpointNames.Parser(), Value: func(s stored) any { return s.ID }},
		"url":      {Filter: true},
		"disabled": {Kind: listing.Boolean, Filter: true},
	},
}

// endpointColumns maps the fields of the list to columns. The URL is within the state.
func endpointColumns(engine database.Engine) map[string]string {
	url := "state ->> 'url'"
	if engine == database.PostgreSQL {
		url = "CAST(state AS json) ->> 'url'"
	}
	return map[string]string{"name": "id", "url": url, "disabled": "disabled"}
}

// list returns the endpoints that match a query.
func (r reader) list(ctx context.Context, query listing.Query) ([]stored, error) {
	found, err := rows.New(r.Tx.List(query, endpointColumns(r.Tx.Engine))).ListEndpoints(ctx, string(r.Tenant))
	return endpointsOf(r.Tx, found, err)
}

// list returns the caller's endpoints that match a query.
func (s *Server) list(ctx context.Context, query listing.Query) ([]stored, error) {
	return mutation.Read(ctx, s.endpoints, func(ctx context.Context, r reader) ([]stored, error) { return r.list(ctx, query) })
}

// ListWebhookEndpoints lists the endpoints of the caller's tenant.
func (s *Server) ListWebhookEndpoints(ctx context.Context, request *pb.ListWebhookEndpointsRequest) (*pb.ListWebhookEndpointsResponse, error) {
	found, next, err := aip.List(ctx, s.pages, endpointList, request, s.list, s.messageOf(ctx))
	if err != nil {
		return nil, err
	}
	return &pb.ListWebhookEndpointsResponse{WebhookEndpoints: found, NextPageToken: next}, nil
}

// BatchGetWebhookEndpoints returns several endpoints.
func (s *Server) BatchGetWebhookEndpoints(ctx context.Context, request *pb.BatchGetWebhookEndpointsRequest) (*pb.BatchGetWebhookEndpointsResponse, error) {
	found, err := aip.BatchGet(ctx, endpointList.ByName, request.GetNames(), s.list, s.messageOf(ctx))
	if err != nil {
		return nil, err
	}
	return &pb.BatchGetWebhookEndpointsResponse{WebhookEndpoints: found}, nil
}

// messageOf returns the function that converts an endpoint to its message.
func (s *Server) messageOf(ctx context.Context) func(stored) (*pb.WebhookEndpoint, error) {
	return func(of stored) (*pb.WebhookEndpoint, error) { return s.reading(ctx, &of) }
}

// maxListedBytes limits the size of a page of dead letters.
const maxListedBytes = 1 << 20

var deadLetterList = listing.Spec[*deadLetter]{
	Name: "deadLetters", Key: []string{"endpoint", "transaction", "sequence"}, PageBytes: maxListedBytes,
	Fields: listing.Fields[*deadLetter]{
		"endpoint":          {Value: func(d *deadLetter) any { return d.endpointID }},
		"transaction":       {Kind: listing.Integer, Value: func(d *deadLetter) any { return d.position.Transaction }},
		"sequence":          {Kind: listing.Integer, Value: func(d *deadLetter) any { return d.position.Sequence }},
		"message_id":        {Filter: true},
		"attempts":          {Kind: listing.Integer, Filter: true, Order: true, Value: func(d *deadLetter) any { return d.attempts }},
		"last_error":        {Filter: true},
		"last_attempt_time": {Kind: listing.Instant, Filter: true, Order: true, Value: func(d *deadLetter) any { return d.failed.Truncate(time.Microsecond) }},
	},
}

var deadLetterColumns = map[string]string{
	"endpoint": "endpoint", "transaction": "txid", "sequence": "seq",
	"message_id": "'msg_' || endpoint || '_' || txid || '-' || seq",
	"attempts":   "attempts", "last_error": "last_error", "last_attempt_time": "failed_at",
}

// deadLetters returns the dead letters that match a query.
func (r reader) deadLetters(ctx context.Context, query listing.Query) ([]*deadLetter, error) {
	found, err := rows.New(r.Tx.List(query, deadLetterColumns)).ListDeadLetters(ctx, string(r.Tenant))
	letters := make([]*deadLetter, len(found))
	for i, row := range found {
		letters[i] = deadLetterOf(row)
	}
	return letters, err
}

// ListDeadLetters lists the changes that could not be delivered in time, of an endpoint or of all.
func (s *Server) ListDeadLetters(ctx context.Context, request *pb.ListDeadLettersRequest) (*pb.ListDeadLettersResponse, error) {
	ids, err := endpointNames.ParseParent("parent", request.GetParent())
	if err != nil {
		return nil, err
	}
	if ids[0] != resourcename.Any {
		if _, err := s.find(ctx, request.GetParent()); err != nil {
			return nil, err
		}
	}
	read := func(ctx context.Context, query listing.Query) ([]*deadLetter, error) {
		return mutation.Read(ctx, s.endpoints, func(ctx context.Context, r reader) ([]*deadLetter, error) { return r.deadLetters(ctx, query) })
	}
	message := func(d *deadLetter) (*pb.DeadLetter, error) { return d.message(), nil }
	found, next, err := aip.List(ctx, s.pages, deadLetterList.Within(listing.Within("endpoint", ids[0])), request, read, message)
	if err != nil {
		return nil, err
	}
	return &pb.ListDeadLettersResponse{DeadLetters: found, NextPageToken: next}, nil
}
