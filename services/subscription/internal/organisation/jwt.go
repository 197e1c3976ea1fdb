package organisation

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// SigningKeys are the keys that sign tokens which are JWTs.
type SigningKeys interface {
	// Newest returns the key that signs, and its id.
	Newest() (id string, key []byte, err error)
	// Of returns the key with an id.
	Of(id string) ([]byte, error)
}

// jwtHeader begins the header of a JWT; the id of the key follows. Whole groups of three bytes of it are
// what all JWTs of sessions begin with in Base64.
const jwtHeader = `{"typ":"JWT","alg":"HS256","kid":"`

// jwtPrefix begins every JWT of a session.
var jwtPrefix = base64.RawURLEncoding.EncodeToString([]byte(jwtHeader[:len(jwtHeader)/3*3]))

// IsToken reports whether a text looks like the token of a session.
func IsToken(text string) bool {
	return randomToken.MatchString(text) || strings.HasPrefix(text, jwtPrefix)
}

// claims are what a JWT says of its session. Only the session itself decides whether it is valid.
type claims struct {
	Issuer  string    `json:"iss"`
	Subject UserID    `json:"sub"`
	Session SessionID `json:"jti"`
	Issued  int64     `json:"iat"`
	Expires int64     `json:"exp"`
}

// newJWT returns a signed token for a session.
func newJWT(keys SigningKeys, session *Session, at time.Time) (string, error) {
	id, key, err := keys.Newest()
	if err != nil {
		return "", fmt.Errorf("signing a token: %w", err)
	}
	said, err := json.Marshal(claims{"continuo", session.User, session.ID, at.Unix(), session.Ends.Unix()})
	if err != nil {
		return "", fmt.Errorf("encoding a token: %w", err)
	}
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(jwtHeader+id+`"}`)) + "." + encode(said)
	return text + "." + encode(signature(key, text)), nil
}

// checkJWT returns an Unauthenticated fault for a JWT that was not signed here, so that forged ones are
// refused before the store is asked. Other tokens pass.
func checkJWT(keys SigningKeys, token string) error {
	if !strings.HasPrefix(token, jwtPrefix) {
		return nil
	}
	at := strings.LastIndexByte(token, '.')
	header, _, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(header)
	var named struct {
		Key string `json:"kid"`
	}
	if err != nil || json.Unmarshal(raw, &named) != nil || at < len(header) {
		return invalidToken("is not signed")
	}
	key, err := keys.Of(named.Key)
	signed, decoded := base64.RawURLEncoding.DecodeString(token[at+1:])
	if err != nil || decoded != nil || !hmac.Equal(signed, signature(key, token[:at])) {
		return invalidToken("is not signed by a key that is known here")
	}
	return nil
}

func signature(key []byte, text string) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(text))
	return mac.Sum(nil)
}
