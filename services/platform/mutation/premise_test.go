package mutation_test

import (
	"context"
	"errors"
	"testing"

	"github.com/continuo-billing/continuo/services/platform/fault"
	"github.com/continuo-billing/continuo/services/platform/mutation"
)

// supposing returns a context with a premise that is found to be as result says, and how often it was.
func supposing(ctx context.Context, result *error) (context.Context, *mutation.Premise, *int) {
	asked := new(int)
	ctx, premise := mutation.Presume(ctx, func(_ context.Context, w any) error {
		if _, ok := w.(writer); !ok {
			return errors.New("not the writer")
		}
		*asked++
		return *result
	})
	return ctx, premise, asked
}

func TestNothingRunsOnAFalsePremise(t *testing.T) {
	s := newService()
	if _, err := s.create(keyed("k", 1), thing{ID: "x"}); err != nil {
		t.Fatal(err)
	}
	untrue := errors.New("it is not so")
	for what, parent := range map[string]context.Context{
		"a change": ann, "a repeated request": keyed("k", 1), "a new one": keyed("l", 1), "a key of another": keyed("k", 2), "a validation": mutation.ValidateOnly(ann),
	} {
		ctx, premise, asked := supposing(parent, &untrue)
		_, err := mutation.Run(ctx, s.Service, func(context.Context, writer) (thing, error) {
			t.Error(what, "runs")
			return thing{}, nil
		})
		if err != untrue || premise.Holds() || *asked != 1 { //nolint:errorlint // it is nothing else
			t.Errorf("%s: got %v, holds %t, asked %d times", what, err, premise.Holds(), *asked)
		}
	}
	if len(s.memory.records) != 1 {
		t.Errorf("got %d records", len(s.memory.records))
	}
}

func TestAPremiseIsFoundOutOnce(t *testing.T) {
	s := newService()
	var so error
	ctx, premise, asked := supposing(ann, &so)
	if _, err := mutation.Get(ctx, s.Service, "thing", reader.Thing, "x"); !errors.Is(err, mutation.ErrNotFound) || premise.Holds() {
		t.Errorf("a read: got %v, holds %t", err, premise.Holds())
	}
	for range 2 { // the second is refused, on what the first has found
		_, _ = s.create(ctx, thing{ID: "x"})
		if so = errors.New("it is not so any more"); !premise.Holds() || *asked != 1 {
			t.Errorf("holds %t, asked %d times", premise.Holds(), *asked)
		}
	}
	so = nil
	ctx, premise, _ = supposing(ann, &so)
	if _, err := s.create(ctx, thing{ID: "x"}); !errors.Is(err, fault.AlreadyExists) || !premise.Holds() {
		t.Errorf("a refusal: got %v, holds %t", err, premise.Holds())
	}
	ctx, premise, _ = supposing(mutation.ValidateOnly(ann), &so)
	if _, err := s.create(ctx, thing{ID: "y"}); err != nil || !premise.Holds() {
		t.Errorf("a validation: got %v, holds %t", err, premise.Holds())
	}
}

// TestEachAttemptFindsOutThePremise has an attempt undone that had found it so: that may have been by what was undone with it.
func TestEachAttemptFindsOutThePremise(t *testing.T) {
	s := newService()
	s.memory.stale = 1
	var result error
	ctx, premise, asked := supposing(ann, &result)
	_, err := mutation.Run(ctx, s.Service, func(context.Context, writer) (thing, error) {
		result = errors.New("it is not so")
		return thing{}, nil
	}, mutation.Guarded())
	if !errors.Is(err, result) || premise.Holds() || *asked != 2 {
		t.Errorf("got %v, holds %t, asked %d times", err, premise.Holds(), *asked)
	}
}
