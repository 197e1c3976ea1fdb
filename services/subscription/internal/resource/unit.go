package resource

// Unit is a part of an organisation, in which its users work.
type Unit struct {
	ID              string `json:"id,omitempty"`
	Name            string `json:"name,omitempty"`
	AlternativeCode string `json:"alternative_code,omitempty"`
	Description     string `json:"description,omitempty"`
	CommunityName   string `json:"community_name,omitempty"`
	GroupName       string `json:"group_name,omitempty"`
}

// Named reports whether text is the unit's id, name or alternative code.
func (u *Unit) Named(text string) bool {
	return u != nil && text != "" && (text == u.ID || text == u.Name || text == u.AlternativeCode)
}
