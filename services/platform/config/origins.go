package config

import (
	"fmt"
	"net/url"
	"strings"
)

// Origins are the origins of web pages that may call the gateway: exact ones, or only `*` for all.
type Origins []string

// UnmarshalText reads origins separated by commas.
func (o *Origins) UnmarshalText(text []byte) error {
	*o = nil
	if strings.TrimSpace(string(text)) == "" {
		return nil
	}
	for part := range strings.SplitSeq(string(text), ",") {
		origin := strings.TrimSpace(part)
		if origin != "*" && !isOrigin(origin) {
			return fmt.Errorf("%q is not an origin like https://app.example.com", origin)
		}
		*o = append(*o, origin)
	}
	for _, origin := range *o {
		if origin == "*" && len(*o) > 1 {
			return fmt.Errorf("* allows every origin, so it must stand alone")
		}
	}
	return nil
}

// isOrigin reports whether a text is an origin as browsers send it: scheme, host and perhaps a port.
func isOrigin(text string) bool {
	parsed, err := url.Parse(text)
	return err == nil && parsed.Scheme != "" && parsed.Hostname() != "" && !strings.Contains(text, "*") &&
		text == parsed.Scheme+"://"+parsed.Host
}
