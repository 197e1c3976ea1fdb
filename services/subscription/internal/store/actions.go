package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
	"github.com/continuo-billing/continuo/services/subscription/internal/subscription"
	"github.com/continuo-billing/continuo/services/subscription/internal/visibility"
)

// actionColumns maps the fields of the action list to columns. Who sees an action is decided by its subscription.
var actionColumns = map[string]string{
	"name": "id", "number": "number", subscription.FieldOfSubscription: "subscription", "classification": "classification",
	"behavior_code": "behavior", subscription.FieldState: "state", "schedule_time": "scheduled", "transaction_reference": "reference",
	"action_type": "action_type", "sub_action_type": "sub_action_type", "create_time": "created", "update_time": "updated",
	visibility.FieldGroup:         ofSubscription("owner_group"),
	visibility.FieldGroupName:     ofSubscription("(" + subscriptionColumns[visibility.FieldGroupName] + ")"),
	visibility.FieldGroupOrNone:   ofSubscription(subscriptionColumns[visibility.FieldGroupOrNone]),
	visibility.FieldLevels:        ofSubscription("levels"),
	visibility.FieldPrivacyLevel:  ofSubscription("privacy_level"),
	visibility.FieldAccount:       ofSubscription("account"),
	visibility.FieldAccountRank:   ofSubscription(subscriptionColumns[visibility.FieldAccountRank]),
	visibility.FieldPrivacyNumber: ofSubscription("(" + subscriptionColumns[visibility.FieldPrivacyNumber] + ")"),
}

// ofSubscription returns the value of a column of an action's subscription.
func ofSubscription(column string) string {
	return `SELECT ` + column + ` FROM subscriptions WHERE subscriptions.tenant = subscription_actions.tenant AND subscriptions.id = subscription_actions.subscription`
}

// actionRow converts an action to a row of its table.
func actionRow(tenant auth.Tenant, action *subscription.Action) (rows.CreateActionParams, error) {
	text, err := document(action)
	row := rows.CreateActionParams{
		Tenant:         string(tenant),
		ID:             string(action.ID),
		Number:         plain(action.Number),
		Reference:      optional(action.Reference),
		Version:        action.Version,
		Document:       text,
		Subscription:   string(action.Subscription),
		Classification: string(action.Operation),
		Behavior:       string(action.Operation.Behaviour()),
		State:          string(action.State),
		Scheduled:      instant(action.Scheduled),
		Due:            instant(action.Due()),
		Created:        action.Created.UnixMicro(),
		Updated:        action.Updated.UnixMicro(),
		ActionType:     optional(string(action.Type)),
		SubActionType:  optional(string(action.SubType)),
	}
	return row, err
}

// instant converts a time to its column: NULL if it is zero.
func instant(at time.Time) sql.NullInt64 {
	return sql.NullInt64{Int64: at.UnixMicro(), Valid: !at.IsZero()}
}

func (r *reader) Action(ctx context.Context, key resource.Key) (subscription.Action, error) {
	return one[subscription.Action](ctx, r, "SubscriptionAction", key, finders{
		resource.KeyID: r.rows.GetAction, resource.KeyNumber: r.rows.GetActionByNumber, resource.KeyReference: r.rows.GetActionByReference,
	})
}

func (r *reader) Actions(ctx context.Context, query listing.Query) ([]subscription.Action, error) {
	found, err := r.list(query, actionColumns).ListActions(ctx, string(r.tenant))
	return many[subscription.Action]("SubscriptionAction", found, err)
}

func (r *reader) Pending(ctx context.Context, of subscription.ID) ([]subscription.Action, error) {
	found, known := r.ahead.pendingOf(of)
	if known {
		return many[subscription.Action]("SubscriptionAction", found, nil)
	}
	found, err := r.rows.ListPendingActions(ctx, string(r.tenant), string(of))
	return many[subscription.Action]("SubscriptionAction", found, err)
}

// Delay has the queue look at the scheduled actions of a subscription no earlier than a time.
func (w *writer) Delay(ctx context.Context, of subscription.ID, until time.Time) error {
	if err := w.rows.DelayActions(ctx, rows.DelayActionsParams{Tenant: string(w.tenant), Subscription: string(of), Due: instant(until)}); err != nil {
		return fmt.Errorf("delaying the actions of subscription %s: %w", of, err)
	}
	return nil
}
