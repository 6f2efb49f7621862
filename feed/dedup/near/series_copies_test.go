package near_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"sluice/feed/dedup/near"
)

// edition is what another publisher makes of a report: a true copy of it.
type edition struct {
	article
	doc near.Doc
}

func (a article) editions() (list []edition) {
	lead, cut := a.text[0], a.text[0][:len(a.text[0])*3/4]
	for _, b := range []article{
		a,
		a.with(a.title, append([]string{"LONDON, May 4 (Reuters) — " + lead}, a.text[1:]...)...),
		a.with(a.title, a.text[:max(1, len(a.text)-1)]...),
		a.with(a.title, lead),
		a.with(a.title, cut+"…"),
		a.with(a.title, append(append([]string{"Photo: an agency"}, a.text...), "Also read: ten other things",
			"Our reporters add that the matter has been talked about in the region for weeks, and that more is to be expected.")...),
	} {
		list = append(list, edition{b, b.doc()})
	}
	return list
}

// says reports whether a text has the whole of another, but for a word that was cut.
func (a article) says(b article) bool {
	part := strings.Join(b.text, " ")
	if strings.HasSuffix(part, "…") {
		part = part[:strings.LastIndexByte(part, ' ')]
	}
	return strings.Contains(strings.Join(a.text, " "), part)
}

// titlings are what publishers write above the reports of one form, the share of the
// true copies that is found, and of the pairs that are none and are joined.
var titlings = map[string]struct {
	title                  func(string) string
	leastFound, mostJoined float64
}{
	"each its own title":     {func(title string) string { return title }, 0.99, 0.0001},
	"no title":               {func(string) string { return "" }, 0.99, 0.002},
	"one title for them all": {func(string) string { return "Daily notes for our readers" }, 0.99, 0.002},
}

// TestEditionsOfAReportAreFoundAndThoseOfOthersAreNot writes reports of each form, and
// their true copies, each as another publisher prints it, beside those of every other
// report of that form.
func TestEditionsOfAReportAreFoundAndThoseOfOthersAreNot(t *testing.T) {
	all := maps.Clone(forms)
	maps.Copy(all, more)
	maps.Copy(all, series)
	for how, titling := range titlings {
		t.Run(how, func(t *testing.T) {
			var found, wrong tally
			for _, name := range slices.Sorted(maps.Keys(all)) {
				f, w := joinEditions(t, all[name], fewFacts[name], titling.title)
				if f.right < f.copies || w.right > 0 {
					t.Logf("%-34s %4d of %4d copies found %v, %3d of %5d others joined %v", name, f.right, f.copies, f.refused, w.right, w.copies, w.refused)
				}
				found.right, found.copies = found.right+f.right, found.copies+f.copies
				wrong.right, wrong.copies = wrong.right+w.right, wrong.copies+w.copies
			}
			t.Logf("%d of %d copies found, %d of %d others joined", found.right, found.copies, wrong.right, wrong.copies)
			if r := found.recall(); r < titling.leastFound {
				t.Errorf("%.4f of the copies found", r)
			}
			if r := wrong.recall(); r > titling.mostJoined {
				t.Errorf("%.5f of the others joined", r)
			}
		})
	}
}

// joinEditions judges twenty reports of a form beside all editions.
func joinEditions(t *testing.T, write form, few bool, title func(string) string) (found, wrong tally) {
	t.Helper()
	r := filler{rand.New(rand.NewPCG(3, 4))}
	var reports []article
	said := map[string]bool{}
	for tries := 0; len(reports) < 20 && tries < 400; tries++ {
		a := write(r)
		key := a.title + a.text[0]
		if few {
			key = a.title
		}
		a.title = title(a.title)
		whole := a.title + strings.Join(a.text, " ")
		if said[key] || said[whole] {
			continue
		}
		said[key], said[whole] = true, true
		reports = append(reports, a)
	}
	found.refused, wrong.refused = map[near.Reason]int{}, map[near.Reason]int{}
	var docs []near.Doc
	var editions [][]edition
	for _, a := range reports {
		docs, editions = append(docs, a.doc()), append(editions, a.editions())
	}
	var j near.Judge
	for i, a := range reports {
		for k := range reports {
			for _, e := range editions[k] {
				if i != k && a.says(e.article) {
					continue // its facts were cut away: nobody could tell
				}
				v := j.Judge(docs[i], e.doc, near.Context{Apart: time.Duration(r.IntN(48)) * time.Hour})
				what := &wrong
				if i == k {
					what = &found
				}
				what.copies++
				if v.Copy {
					what.right++
				}
				if v.Copy != (i == k) {
					what.refused[v.Reason]++
				}
			}
		}
	}
	return found, wrong
}
