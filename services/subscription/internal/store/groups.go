package store

import (
	"context"

	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
	"github.com/continuo-billing/continuo/services/subscription/internal/store/internal/rows"
)

// groupColumns maps the fields of the group list to columns.
var groupColumns = map[string]string{
	"name": "id", "display_name": "name", "alternative_code": "alternative_code", "inactive": "inactive", "create_time": "created", "update_time": "updated",
}

// groupRow converts a group to a row of its table.
func groupRow(tenant auth.Tenant, group *catalogue.Group) (rows.CreateGroupParams, error) {
	text, err := document(group)
	return rows.CreateGroupParams{
		Tenant:          string(tenant),
		ID:              string(group.ID),
		Name:            plain(group.Name),
		AlternativeCode: optional(group.AlternativeCode),
		Version:         group.Version,
		Document:        text,
		Inactive:        group.Inactive,
		Created:         group.Created.UnixMicro(),
		Updated:         group.Updated.UnixMicro(),
	}, err
}

func (r *reader) Group(ctx context.Context, key resource.Key) (catalogue.Group, error) {
	return one[catalogue.Group](ctx, r, "Group", key, finders{
		resource.KeyID:              r.rows.GetGroup,
		resource.KeyNameText:        r.rows.GetGroupByName,
		resource.KeyAlternativeCode: r.rows.GetGroupByAlternativeCode,
	})
}

func (r *reader) Groups(ctx context.Context, query listing.Query) ([]catalogue.Group, error) {
	found, err := r.list(query, groupColumns).ListGroups(ctx, string(r.tenant))
	return many[catalogue.Group]("Group", found, err)
}
