package publish

import (
	"strconv"
	"strings"
	"time"

	"sluice/feed"
)

// Register looks outputs up in the ledger, by their names. It returns what is
// remembered of each, and the entries that are new or were changed, which are to be
// remembered before a document is shown.
//
// An output's id is chosen once and stays, also where base_url changes. An output
// that is called otherwise goes on as what it was: the new name gets the id and the
// dates, and the old name keeps only that it was published once.
func Register(outputs []feed.Output, ledger []feed.Publication, baseURL string, now time.Time) (known map[string]feed.Publication, changed []feed.Publication) {
	r := register{base: strings.TrimRight(baseURL, "/"), known: map[string]feed.Publication{}, taken: map[string]bool{}}
	for _, p := range ledger {
		r.known[p.Output] = p
		r.taken[p.ID] = true
	}
	for _, o := range outputs {
		changed = append(changed, r.enter(o, now)...)
	}
	return r.known, changed
}

// register is the ledger while outputs are entered.
type register struct {
	base  string
	known map[string]feed.Publication
	taken map[string]bool // ids
}

// enter sees to it that the ledger has the output, with an id, and returns the
// entries that it changed.
func (r *register) enter(o feed.Output, now time.Time) (changed []feed.Publication) {
	p, ok := r.known[o.Name]
	if p.ID != "" {
		return nil
	}
	for _, name := range o.Was {
		was, there := r.known[name]
		if !there || ok && was.ID == "" {
			continue // an earlier version, which knew no ids, moved nothing
		}
		p = was
		if p.ID == "" {
			p.ID = r.address(name)
		}
		was.ID, was.History = "", nil
		changed = append(changed, was)
		r.known[name] = was
		break
	}
	if p.Since.IsZero() {
		p.Since = now.UTC().Truncate(time.Second)
	}
	if p.ID == "" {
		p.ID = r.free(o.Name)
	}
	p.Output = o.Name
	r.known[o.Name], r.taken[p.ID] = p, true
	return append(changed, p)
}

// address is where people read an output.
func (r *register) address(name string) string { return r.base + "/feeds/" + name }

// free is an id that no output ever had: the address, unless another output took
// that along to another name.
func (r *register) free(name string) string {
	id := r.address(name)
	for n := 2; r.taken[id]; n++ {
		id = r.address(name) + "#" + strconv.Itoa(n)
	}
	return id
}
