// Package fonts embeds the signs of currencies that the Go fonts lack. They are cut from Noto Sans,
// under the SIL Open Font License 1.1.
package fonts

import _ "embed"

// Regular and Bold are TrueType fonts that hold signs of currencies only.
var (
	//go:embed signs-regular.ttf
	Regular []byte
	//go:embed signs-bold.ttf
	Bold []byte
)
