// Package page bounds the pages of list methods and makes their tokens, after AIP-158. Listing is by key: a token holds
// the last key of the page before, so pages stay stable while others write.
package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/continuo-billing/continuo/gen/reason"
	"github.com/continuo-billing/continuo/services/platform/fault"
)

// DefaultSize is the size of a page whose caller asked for none, MaxSize the most a caller gets.
const (
	DefaultSize = 50
	MaxSize     = 1000
)

// Size is the page size that a request gets: the default for 0, at most MaxSize.
func Size(requested int32) int {
	if requested <= 0 {
		return DefaultSize
	}
	return min(int(requested), MaxSize)
}

// Encode is the token that stands for a cursor. The cursor must be a value that JSON can hold.
func Encode(cursor any) (string, error) {
	text, err := json.Marshal(cursor)
	if err != nil {
		return "", fault.Wrap(err, fault.Internal, reason.InternalError, "encoding a page token")
	}
	return base64.RawURLEncoding.EncodeToString(text), nil
}

// Decode reads the cursor back; an empty token leaves it as it is. A token that Encode did not make is an Invalid fault
// on page_token.
func Decode(token string, cursor any) error {
	if token == "" {
		return nil
	}
	text, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		err = json.Unmarshal(text, cursor)
	}
	if err != nil {
		return fault.InvalidField("page_token", reason.InvalidPageToken, "is not a token of this list; start again without one")
	}
	return nil
}
