// Package visibility holds CRM.COM's rule about which subscriptions a user sees. Package subscription
// applies it to all reads and writes.
//
// Documented by the vendor: whether a record can be accessed depends on the group that owns it, whose
// records can be shared with some groups or with all (pageId=9841029), and on its privacy level: who can
// access a level can access those with smaller numbers (pageId=9865596). Inferred: that what a community grants to
// a unit, and the highest level, are kept with the user, and that the level's number is the one to compare.
package visibility

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"golang.org/x/text/unicode/norm"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/auth"
	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/listing"
	"github.com/continuo-billing/continuo/services/subscription/internal/catalogue"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// Fields of the list of subscriptions that decide who sees a subscription.
const (
	// FieldGroup is the id of the group that owns the subscription; none if no group does.
	FieldGroup = "group"
	// FieldGroupName is the name of that group.
	FieldGroupName = "group.display_name"
	// FieldPrivacyLevel is the id of the privacy level; none if there is none.
	FieldPrivacyLevel = "privacy_level"
	// FieldPrivacyNumber is the number of the privacy level as PrivacyLevel.Rank returns it; none if
	// the level has no rank.
	FieldPrivacyNumber = "privacy_level.number"
	// FieldGroupOrNone is the id of the group, or an empty text if there is none. FieldLevels are the ids of the privacy levels of the
	// subscription and of its account, either empty, with a slash between. Indexes have them.
	FieldGroupOrNone, FieldLevels = "group_or_none", "privacy_levels"
	// FieldAccount is the id of the account that owns the subscription.
	FieldAccount = "account"
	// FieldAccountRank is the number of the privacy level of the account, as PrivacyLevel.Rank returns it: -1 if the account has no level,
	// and more than any rank if the level has none. Lists of accounts have it too.
	FieldAccountRank = "account.privacy_level.rank"
)

// maxLevels is how many combinations of the privacy levels of subscriptions and accounts can exist for lists to name those that are seen.
// With more, each subscription's levels and those of its account are looked at; also while subscriptions have to follow an account that got
// another level.
const maxLevels = 1000

// maxParts is how many parts a list is split into, one for each group and combination of levels. With more, the store would take longer
// to prepare the list than to read it.
const maxParts = 400

// Visibility says which subscriptions a caller sees. The zero value means all.
type Visibility struct {
	// UnitGroup is the name of the group of the caller's unit, and Groups are those that its community grants to
	// the unit. The caller sees the subscriptions of these and of no other group. Both empty means all groups, unless InUnit says that the
	// caller works in a unit: one without a group and grants reaches none.
	UnitGroup string
	Groups    []catalogue.GroupID
	InUnit    bool
	// MaxPrivacy is the number of the highest privacy level that the caller sees. Nil means all levels.
	MaxPrivacy *int64
	// levels are the values of FieldLevels that the caller sees, and seesAll says whether there are no others, once they are resolved.
	levels            []string
	resolved, seesAll bool
}

// From returns what the caller of a context sees. Callers who are not users of CRM.COM see everything.
func From(ctx context.Context) Visibility {
	caller, err := auth.From(ctx)
	if err != nil {
		return Visibility{}
	}
	own, _ := caller.Restriction.(*Visibility)
	if own == nil {
		return Visibility{}
	}
	return *own
}

// Resolved returns the visibility with the unit's group among Groups, an empty id if there is no such group, and with what is seen of
// the privacy levels that subscriptions have which match a condition. Lists of these need not look at names and numbers.
func (v Visibility) Resolved(ctx context.Context, r Reader, of listing.Condition) (Visibility, error) {
	if v.UnitGroup != "" {
		group, err := r.Group(ctx, resource.Key{Name: resource.KeyNameText, Value: v.UnitGroup})
		if err != nil && !errors.Is(err, fault.NotFound) {
			return v, err
		}
		v.Groups, v.UnitGroup = append(slices.Clone(v.Groups), group.ID), ""
	}
	if v.MaxPrivacy == nil && v.allGroups() {
		return v, nil
	}
	present, exact, err := r.Levels(ctx, of, maxLevels+1)
	if err != nil || !exact || len(present) > maxLevels {
		return v, err
	}
	above, err := v.hidden(ctx, r, present)
	if err != nil {
		return v, err
	}
	for _, levels := range present {
		if own, ofAccount, _ := strings.Cut(levels, "/"); !above[own] && !above[ofAccount] {
			v.levels = append(v.levels, levels)
		}
	}
	v.resolved, v.seesAll = true, len(v.levels) == len(present)
	return v, nil
}

// hidden returns the ids of the levels in some values of FieldLevels that the caller does not see.
func (v Visibility) hidden(ctx context.Context, r Reader, present []string) (above map[string]bool, err error) {
	above = map[string]bool{}
	if v.MaxPrivacy == nil {
		return above, nil
	}
	for _, levels := range present {
		own, ofAccount, _ := strings.Cut(levels, "/")
		above[own], above[ofAccount] = true, true
	}
	delete(above, "")
	if len(above) == 0 {
		return above, nil
	}
	all, err := r.PrivacyLevels(ctx, listing.Query{Where: listing.IsOneOf("name", slices.Sorted(maps.Keys(above)))})
	for _, level := range all {
		above[string(level.ID)] = !v.seesLevel(level)
	}
	return above, err
}

// Reader reads what decides who sees a subscription.
type Reader interface {
	// Group returns the group with a key.
	Group(ctx context.Context, key resource.Key) (catalogue.Group, error)
	// PrivacyLevel returns the privacy level with a key.
	PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error)
	// PrivacyLevels returns the privacy levels that match a query.
	PrivacyLevels(ctx context.Context, query listing.Query) ([]catalogue.PrivacyLevel, error)
	// Levels returns the values of FieldLevels that subscriptions have which match a condition, at most limit of them. It takes time with
	// their number, and not with that of the subscriptions, if the condition is nil or fixes the state or the account. exact is false while
	// an account has got another level that the values of its subscriptions do not all have yet.
	Levels(ctx context.Context, of listing.Condition, limit int) (levels []string, exact bool, err error)
}

// Sees reports whether the caller sees a subscription that a group owns and that has a privacy level. Both can be empty.
// It reads them only if their ids do not tell.
func (v Visibility) Sees(ctx context.Context, r Reader, group catalogue.GroupID, level catalogue.PrivacyLevelID) (bool, error) {
	if group != "" && !v.seesGroup(catalogue.Group{ID: group}) {
		if v.UnitGroup == "" {
			return false, nil
		}
		owner, err := r.Group(ctx, resource.ByID(group))
		if err != nil || !v.seesGroup(owner) {
			return false, err
		}
	}
	return v.SeesLevel(ctx, r, level)
}

// SeesLevel reports whether the caller sees what has a privacy level, which can be empty: subscriptions, and accounts with their subscriptions.
func (v Visibility) SeesLevel(ctx context.Context, r Reader, level catalogue.PrivacyLevelID) (bool, error) {
	if level == "" || v.MaxPrivacy == nil {
		return true, nil
	}
	has, err := r.PrivacyLevel(ctx, resource.ByID(level))
	return err == nil && v.seesLevel(has), err
}

// seesGroup reports whether the caller sees the subscriptions of a group.
func (v Visibility) seesGroup(group catalogue.Group) bool {
	return v.allGroups() || slices.Contains(v.Groups, group.ID) || v.UnitGroup != "" && norm.NFC.String(v.UnitGroup) == norm.NFC.String(group.Name)
}

// seesLevel reports whether the caller sees subscriptions with a privacy level.
func (v Visibility) seesLevel(level catalogue.PrivacyLevel) bool {
	number, ranked := level.Rank()
	return v.MaxPrivacy == nil || ranked && number <= *v.MaxPrivacy
}

// Condition returns the condition that a subscription is seen, or nil if all are.
func (v Visibility) Condition() listing.Condition {
	return listing.All(v.groups(), v.privacy())
}

// OfAccounts returns the condition that an account is seen, or nil if all are.
func (v Visibility) OfAccounts() listing.Condition {
	if v.MaxPrivacy == nil {
		return nil
	}
	return listing.Compare{Field: FieldAccountRank, Op: listing.LessEqual, Value: *v.MaxPrivacy}
}

// Split returns the condition that a subscription is seen as one that all must match, and others of which it matches one.
// They are of one group and of one combination of privacy levels each. No others are returned if there is nothing to split, or too much.
func (v Visibility) Split() (every listing.Condition, among []listing.Condition) {
	groups := []catalogue.GroupID{""}
	if !v.allGroups() {
		groups = slices.Compact(slices.Sorted(slices.Values(append(groups, v.Groups...))))
	}
	if !v.resolved || v.allGroups() && v.seesAll || len(v.levels) == 0 || len(groups)*len(v.levels) > maxParts {
		return v.Condition(), nil
	}
	for _, levels := range v.levels {
		for _, group := range groups {
			part := listing.Is(FieldLevels, levels)
			if !v.allGroups() {
				part = listing.All(listing.Is(FieldGroupOrNone, group), part)
			}
			among = append(among, part)
		}
	}
	return nil, among
}

func (v Visibility) allGroups() bool { return len(v.Groups) == 0 && v.UnitGroup == "" && !v.InUnit }

func (v Visibility) groups() listing.Condition {
	if v.allGroups() {
		return nil
	}
	seen := listing.Or{listing.Not{Condition: listing.Present{Field: FieldGroup}}}
	for _, group := range v.Groups {
		seen = append(seen, listing.Is(FieldGroup, group))
	}
	if v.UnitGroup != "" {
		seen = append(seen, listing.Is(FieldGroupName, v.UnitGroup))
	}
	return seen
}

func (v Visibility) privacy() listing.Condition {
	switch {
	case v.MaxPrivacy == nil || v.resolved && v.seesAll:
		return nil
	case v.resolved:
		return listing.IsOneOf(FieldLevels, v.levels)
	}
	return listing.And{
		listing.Or{
			listing.Not{Condition: listing.Present{Field: FieldPrivacyLevel}},
			listing.Compare{Field: FieldPrivacyNumber, Op: listing.LessEqual, Value: *v.MaxPrivacy},
		},
		v.OfAccounts(),
	}
}

// CheckGroup returns a PermissionDenied fault on field if the caller does not see the subscriptions of a
// group, so that it cannot move a subscription there.
func (v Visibility) CheckGroup(field string, group catalogue.Group) error {
	if v.seesGroup(group) {
		return nil
	}
	return fault.AtField(fault.PermissionDenied, field, reason.PermissionDenied,
		"the user does not see the subscriptions of this group; choose one of its own groups")
}

// CheckPrivacy returns a PermissionDenied fault on field if a privacy level is above the caller's
// highest, so that it cannot give it to a subscription.
func (v Visibility) CheckPrivacy(field string, level catalogue.PrivacyLevel) error {
	if v.seesLevel(level) {
		return nil
	}
	return fault.AtField(fault.PermissionDenied, field, reason.PermissionDenied,
		"the privacy level is above the highest one of the user; choose a lower one")
}
