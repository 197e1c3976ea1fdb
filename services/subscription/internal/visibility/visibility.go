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
	"slices"

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
	// FieldGroupOrNone and FieldLevelOrNone are the id of the group and that of the privacy level, or an empty text if there is none.
	// Indexes have them.
	FieldGroupOrNone, FieldLevelOrNone = "group_or_none", "privacy_level_or_none"
	// FieldAccount is the id of the account that owns the subscription.
	FieldAccount = "account"
	// FieldAccountRank is the number of the privacy level of the account, as PrivacyLevel.Rank returns it: -1 if the account has no level,
	// and more than any rank if the level has none. Lists of accounts have it too.
	FieldAccountRank = "account.privacy_level.rank"
)

// maxLevels is how many privacy levels a tenant can have for lists to name those that are seen. With more, each
// subscription's level is looked at.
const maxLevels = 100

// maxNamed is how often lists of several groups name a privacy level, which each group's part of the list does.
// With more, the store would take longer to prepare the list than to read it.
const maxNamed = 500

// Visibility says which subscriptions a caller sees. The zero value means all.
type Visibility struct {
	// UnitGroup is the name of the group of the caller's unit, and Groups are those that its community grants to
	// the unit. The caller sees the subscriptions of these and of no other group. Both empty means all groups.
	UnitGroup string
	Groups    []catalogue.GroupID
	// MaxPrivacy is the number of the highest privacy level that the caller sees. Nil means all levels.
	MaxPrivacy *int64
	// levels are all privacy levels that the caller sees, and above the others, once they are resolved.
	levels, above []catalogue.PrivacyLevelID
	// hidden are the accounts that the caller does not see, if knowsHidden.
	hidden      []string
	knowsHidden bool
}

// Above returns the privacy levels that the caller does not see, if they are resolved.
func (v Visibility) Above() (levels []catalogue.PrivacyLevelID, known bool) {
	return v.above, len(v.levels) > 0
}

// Hiding returns the visibility with the ids of all accounts that have a level above the caller's highest. Lists by it need not look at the accounts
// of subscriptions.
func (v Visibility) Hiding(accounts []string) Visibility {
	v.hidden, v.knowsHidden = accounts, true
	return v
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

// Resolved returns the visibility with the unit's group among Groups, an empty id if there is no such group, and with the
// privacy levels that are seen. Lists by it need not look at names and numbers.
func (v Visibility) Resolved(ctx context.Context, r Reader) (Visibility, error) {
	if v.UnitGroup != "" {
		group, err := r.Group(ctx, resource.Key{Name: resource.KeyNameText, Value: v.UnitGroup})
		if err != nil && !errors.Is(err, fault.NotFound) {
			return v, err
		}
		v.Groups, v.UnitGroup = append(slices.Clone(v.Groups), group.ID), ""
	}
	if v.MaxPrivacy == nil {
		return v, nil
	}
	all, err := r.PrivacyLevels(ctx, listing.Query{Order: []listing.Order{{Field: "name"}}, Limit: maxLevels + 1})
	if err != nil || len(all) > maxLevels {
		return v, err
	}
	v.levels = []catalogue.PrivacyLevelID{""}
	for _, level := range all {
		if v.seesLevel(level) {
			v.levels = append(v.levels, level.ID)
		} else {
			v.above = append(v.above, level.ID)
		}
	}
	return v, nil
}

// Reader reads what decides who sees a subscription.
type Reader interface {
	// Group returns the group with a key.
	Group(ctx context.Context, key resource.Key) (catalogue.Group, error)
	// PrivacyLevel returns the privacy level with a key.
	PrivacyLevel(ctx context.Context, key resource.Key) (catalogue.PrivacyLevel, error)
	// PrivacyLevels returns the privacy levels that match a query.
	PrivacyLevels(ctx context.Context, query listing.Query) ([]catalogue.PrivacyLevel, error)
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
	return listing.All(v.groups(), v.privacy(), v.OfAccounts())
}

// OfAccounts returns the condition that an account, or that of a subscription, is seen, or nil if all are.
func (v Visibility) OfAccounts() listing.Condition {
	switch {
	case v.MaxPrivacy == nil || v.knowsHidden && len(v.hidden) == 0:
		return nil
	case v.knowsHidden:
		return listing.Not{Condition: listing.IsOneOf(FieldAccount, v.hidden)}
	}
	return listing.Compare{Field: FieldAccountRank, Op: listing.LessEqual, Value: *v.MaxPrivacy}
}

// Split returns the condition that a subscription is seen as one that all must match, and others of which it matches one.
// They are of one group each, or of one privacy level each if all groups are seen. No others are returned if
// there is nothing to split; v must be resolved.
func (v Visibility) Split() (every listing.Condition, among []listing.Condition) {
	switch {
	case !v.allGroups():
		groups := slices.Compact(slices.Sorted(slices.Values(append([]catalogue.GroupID{""}, v.Groups...))))
		for _, group := range groups {
			among = append(among, listing.Is(FieldGroupOrNone, group))
		}
		if len(groups)*len(v.levels) > maxNamed {
			v.levels = nil
		}
		return listing.All(v.privacy(), v.OfAccounts()), among
	case len(v.levels) > 0:
		for _, level := range v.levels {
			among = append(among, listing.Is(FieldLevelOrNone, level))
		}
		return v.OfAccounts(), among
	}
	return listing.All(v.privacy(), v.OfAccounts()), nil
}

func (v Visibility) allGroups() bool { return len(v.Groups) == 0 && v.UnitGroup == "" }

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
	if v.MaxPrivacy == nil {
		return nil
	}
	if len(v.levels) > 0 {
		var seen listing.Or
		for _, level := range v.levels {
			seen = append(seen, listing.Is(FieldLevelOrNone, level))
		}
		return seen
	}
	return listing.Or{
		listing.Not{Condition: listing.Present{Field: FieldPrivacyLevel}},
		listing.Compare{Field: FieldPrivacyNumber, Op: listing.LessEqual, Value: *v.MaxPrivacy},
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
