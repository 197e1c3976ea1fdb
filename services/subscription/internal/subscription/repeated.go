package subscription

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/subscription/internal/resource"
)

// digest returns a digest of all that the creation asks for, which a repeated one must have, or an empty text if it has no transaction
// reference and cannot be repeated. Actions keep it: a member that Creation gets later must be left out of its JSON while it is empty.
func (c Creation) digest() (string, error) {
	return digestOf(c.Details, c)
}

// digest returns a digest of all that the order asks for, apart from the etag, or an empty text if it has no transaction reference.
func (o Order) digest() (string, error) {
	o.Etag = ""
	return digestOf(o.Details, o)
}

func digestOf(details Details, asked any) (string, error) {
	if details.Reference == "" {
		return "", nil
	}
	all, err := json.Marshal(asked)
	if err != nil {
		return "", fmt.Errorf("digesting what is asked for: %w", err)
	}
	sum := sha256.Sum256(all)
	return hex.EncodeToString(sum[:]), nil
}

// repeatedAs returns an action that was submitted before, and its subscription as it is now.
func repeatedAs(ctx context.Context, w Writer, known Action, present Subscription) (Done, error) {
	view, err := viewOf(ctx, w, present, known)
	return Done{Action: known, View: view}, err
}

// repeated returns the known action with the creation's transaction reference and what it created. The error is an ALREADY_EXISTS fault
// if it is about anything else than what asked is about, or about a subscription that the caller does not see.
func (c Creation) repeated(ctx context.Context, w Writer, known, asked Action) (Done, error) {
	present, err := find(w, ctx, resource.ByID(known.Subscription))
	if errors.Is(err, fault.NotFound) {
		return Done{}, referenceTaken(known.Reference)
	}
	if err != nil {
		return Done{}, err
	}
	same := known.Asked == asked.Asked
	if known.Operation == c.Operation && known.Asked == "" {
		if same, err = c.resembles(ctx, w, known, asked, present); err != nil {
			return Done{}, err
		}
	}
	if known.Operation != c.Operation || !same {
		return Done{}, referenceTaken(known.Reference)
	}
	return repeatedAs(ctx, w, known, present)
}

// resembles compares the creation with an action that keeps no digest, as those of versions before, by what can be told of it.
func (c Creation) resembles(ctx context.Context, w Writer, known, asked Action, present Subscription) (bool, error) {
	made, err := c.make(ctx, w)
	if err != nil {
		return false, err
	}
	if err := asked.performedBy(ctx, w, c.Performer); err != nil {
		return false, err
	}
	if err := asked.classify(ctx, w, c.ActionType, c.SubActionType, true); err != nil {
		return false, err
	}
	owner, err := w.Account(ctx, resource.ByID(present.Account))
	if err != nil {
		return false, err
	}
	sameOwner := owner.ID == made.Account.ID
	if c.Owner.Existing == nil {
		sameOwner = owner.Name == made.Account.Name && owner.Classification == made.Account.Classification
	}
	return sameOwner && present.Type == made.Type.ID && sameServices(known.Services, made.Subscription.additions()) &&
		reflect.DeepEqual(known.Details, asked.Details), nil
}
