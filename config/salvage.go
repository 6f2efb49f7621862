package config

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
)

// salvage reads the blocks of a file that is no YAML which say where its daemon is, by
// themselves: a fault in another block must not hide that daemon. nil where those are
// at fault, too, or where it cannot be told which lines are theirs.
func (f *File) salvage() (*decoder, *yaml.Node) {
	text, ok := blocks(f.text.lines(), "server", "storage")
	if !ok {
		return nil, nil
	}
	if strings.TrimSpace(text) == "" {
		text = "{}" // it says nothing of it, so all is as by default
	}
	d := newDecoder(f.text.file, []byte(text), f.text.env)
	root := d.document([]byte(text))
	if root == nil {
		return nil, nil
	}
	return d, root
}

// blocks are the lines of the keys at the top that are named, each where it stood, and
// blank lines between them. A block begins with its key, at the left, and ends where the
// next begins. ok: there is a key at the top, and nothing before it.
func blocks(lines []string, names ...string) (text string, ok bool) {
	var b strings.Builder
	keeps := false
	for _, line := range lines {
		line = strings.TrimSuffix(line, "\r")
		if key, _, isKey := strings.Cut(line, ":"); isKey && isTopKey(key) {
			keeps, ok = slices.Contains(names, key), true
		} else if left := strings.TrimSpace(line); !ok && left != "" && left[0] != '#' && left != "---" {
			return "", false // all of it in braces, for one
		}
		if keeps {
			b.WriteString(line)
		}
		b.WriteByte('\n')
	}
	return b.String(), ok
}

// isTopKey reports whether a line that begins so begins a block.
func isTopKey(key string) bool {
	for i, c := range []byte(key) {
		if (c < 'a' || c > 'z') && (c != '_' || i == 0) {
			return false
		}
	}
	return key != ""
}
