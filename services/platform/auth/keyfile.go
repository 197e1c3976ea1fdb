package auth

import (
	"bufio"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"time"
)

// digest is the SHA-256 of a key.
type digest = [sha256.Size]byte

// idBytes is how much of a key's digest identifies the key in logs.
const idBytes = 6

// entry is a line of a keys file.
type entry struct {
	principal Principal
	// expires is when the key stops working; zero for never.
	expires time.Time
	// used is the hour of the last use, counted from 1970.
	used atomic.Int64
}

// firstUseOfHour records a use and reports whether it is the first of its hour.
func (e *entry) firstUseOfHour(now time.Time) bool {
	hour := now.Unix() / int64(time.Hour/time.Second)
	before := e.used.Load()
	return before != hour && e.used.CompareAndSwap(before, hour)
}

// NewKey returns a new key for the caller and the line to add to the keys file. scopes and expires
// are words as in the file, such as `read,write` and `2027-01-01`; empty for all scopes and no end.
func NewKey(tenant Tenant, actor, scopes, expires string) (key, line string, err error) {
	for _, word := range []string{string(tenant), actor} {
		if word == "" || strings.ContainsAny(word, " \t\r\n#:") {
			return "", "", fmt.Errorf("%q must be a word without spaces, colons or #", word)
		}
	}
	secret := make([]byte, 32)
	if _, err := rand.Read(secret); err != nil {
		return "", "", fmt.Errorf("making a key: %w", err)
	}
	key = base64.RawURLEncoding.EncodeToString(secret)
	sum := sha256.Sum256([]byte(key))
	line = fmt.Sprintf("%s %s %s", tenant, actor, hex.EncodeToString(sum[:]))
	if scopes != "" {
		line += " scopes=" + scopes
	}
	if expires != "" {
		line += " expires=" + expires
	}
	if _, _, err := parseLine(line); err != nil {
		return "", "", err
	}
	return key, line, nil
}

// readKeys reads a keys file with a key per line. It skips empty lines and lines that start with #.
func readKeys(path string) (map[digest]*entry, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("reading the keys file: %w", err)
	}
	defer func() { _ = file.Close() }() // nothing is written to it
	entries := map[digest]*entry{}
	lines := bufio.NewScanner(file)
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || line[0] == '#' {
			continue
		}
		sum, parsed, err := parseLine(line)
		if err != nil {
			return nil, fmt.Errorf("line %d of the keys file: %w", number, err)
		}
		entries[sum] = parsed
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("reading the keys file: %w", err)
	}
	if len(entries) == 0 {
		return nil, fmt.Errorf("the keys file %s contains no keys", path)
	}
	return entries, nil
}

// parseLine parses `TENANT ACTOR SHA256 [scopes=SCOPES] [expires=DAY]`.
func parseLine(line string) (sum digest, parsed *entry, err error) {
	words := strings.Fields(line)
	if len(words) < 3 {
		return sum, nil, errors.New("must be `TENANT ACTOR SHA256 [scopes=SCOPES] [expires=DAY]`")
	}
	decoded, err := hex.DecodeString(words[2])
	if err != nil || len(decoded) != len(sum) {
		return sum, nil, errors.New("the third word must be a SHA-256 in hexadecimal")
	}
	parsed = &entry{principal: Principal{
		Tenant: Tenant(words[0]), Actor: words[1], Scopes: AllScopes, Key: hex.EncodeToString(decoded[:idBytes]),
	}}
	for _, word := range words[3:] {
		name, value, _ := strings.Cut(word, "=")
		switch name {
		case "scopes":
			parsed.principal.Scopes, err = ParseScopes(value)
		case "expires":
			parsed.expires, err = parseExpiry(value)
		default:
			err = fmt.Errorf("%q must be scopes=SCOPES or expires=DAY", word)
		}
		if err != nil {
			return sum, nil, err
		}
	}
	return digest(decoded), parsed, nil
}

// parseExpiry parses a day, which begins in UTC, or an instant.
func parseExpiry(text string) (time.Time, error) {
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed, nil
		}
	}
	return time.Time{}, fmt.Errorf("expires=%s must be a day like 2027-01-01 or an instant like 2027-01-01T12:00:00Z", text)
}
