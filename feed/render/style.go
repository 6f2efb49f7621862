package render

import "strings"

// instruction tells a browser by which style to show a document, so that who follows
// the link to a feed sees what it is and not its markup (xml-stylesheet, W3C 2010).
// It is CSS and not XSLT, which browsers give up. Feed readers pass over it.
func instruction(style string) string {
	if style = line(style); style == "" {
		return ""
	}
	return `<?xml-stylesheet type="text/css" href="` + pseudoAttribute.Replace(style) + `"?>` + "\n"
}

// pseudoAttribute escapes a value. Without a ">" it cannot end the instruction.
var pseudoAttribute = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "\n", "&#10;")
