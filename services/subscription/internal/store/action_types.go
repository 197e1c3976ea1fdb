package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// actionTypeColumns maps the fields of the list of types of actions to columns.
var actionTypeColumns = map[string]string{
	"name": "id", "display_name": "name", "alternative_code": "alternative_code", catalogue.FieldParentType: "parent", "inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// actionTypeRow converts a type of actions to a row of its table.
func actionTypeRow(tenant auth.Tenant, kind *catalogue.ActionType) (rows.CreateActionTypeParams, error) {
	text, err := document(kind)
	return rows.CreateActionTypeParams{
		Tenant:          string(tenant),
		ID:              string(kind.ID),
		Name:            plain(kind.Name),
		AlternativeCode: optional(kind.AlternativeCode),
		Parent:          optional(string(kind.Parent)),
		Version:         kind.Version,
		Document:        text,
		Inactive:        kind.Inactive,
		Created:         kind.Created.UnixMicro(),
		Updated:         kind.Updated.UnixMicro(),
	}, err
}

func (r *reader) ActionType(ctx context.Context, key resource.Key) (catalogue.ActionType, error) {
	return one[catalogue.ActionType](ctx, r, "ActionType", key, finders{
		resource.KeyID:              r.rows.GetActionType,
		resource.KeyNameText:        r.rows.GetActionTypeByName,
		resource.KeyAlternativeCode: r.rows.GetActionTypeByAlternativeCode,
	})
}

func (r *reader) ActionTypes(ctx context.Context, query listing.Query) ([]catalogue.ActionType, error) {
	found, err := r.list(query, actionTypeColumns).ListActionTypes(ctx, string(r.tenant))
	return many[catalogue.ActionType]("ActionType", found, err)
}
