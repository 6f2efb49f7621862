package dedup

import (
	"net/url"
	"slices"
	"strings"

	"sluice/feed"
	"sluice/feed/dedup/near"
)

// maxWork bounds what a Judge compares, in words read plus a constant for each
// comparison: some tenths of a second. What is not compared counts as different,
// which costs no article.
const (
	maxWork        = 4_000_000
	comparisonWork = 50
)

// Judge decides about the items of one delivery. It remembers what it has read
// and bounds how much it compares, so that no document can hold up a store. The
// zero value is ready; it is for one goroutine.
type Judge struct {
	work int
	read map[uint64]*prose
	near near.Judge
}

// Claim is the article that an item is for sure.
type Claim struct {
	Seq   uint64 // 0: none
	Says  bool   // it says the same or has its address; not by its guid alone
	Doubt bool   // the item's guid may be that of an article that it is not
}

// Sure returns the article that an item is, of those that the store holds under
// its Marks, its Beside or its Narrow marks, in this order, where no other item of
// the document could be it rather: it says the same, or has the guid that nobody
// else had, or the operator said what identifies.
func (j *Judge) Sure(it Item, found []Known) (Claim, error) {
	var named *Known // by its guid
	for i, k := range found {
		if named == nil && k.Mark.Kind == KindGUID && slices.Contains(it.Marks, k.Mark) && !k.contested(it) {
			named = &found[i]
			if k.Digest.Real == it.Digest.Real {
				return Claim{Seq: k.Seq, Says: true}, nil
			}
		}
		if k.Digest.Real != it.Digest.Real {
			continue
		}
		same, err := k.means(it)
		if err != nil {
			return Claim{}, err
		}
		if same {
			return Claim{Seq: k.Seq, Says: true}, nil
		}
	}
	switch {
	case it.trusted:
		return Claim{Seq: oldest(it, found)}, nil
	case named == nil:
		return Claim{}, nil
	case equal(named.Digest.URL, it.Digest.URL):
		return Claim{Seq: named.Seq, Says: true}, nil
	case elsewhere(it, found, named.Seq):
		return Claim{Doubt: true}, nil
	}
	other, err := j.otherStory(it, *named)
	if err != nil || other {
		return Claim{Doubt: other}, err
	}
	return Claim{Seq: named.Seq}, nil
}

// elsewhere reports whether the item's address is that of another article than the
// one that its guid names. Then either may be wrong.
func elsewhere(it Item, found []Known, named uint64) bool {
	return slices.ContainsFunc(found, func(k Known) bool {
		return k.Mark.Kind == KindURL && k.Seq != named && !k.contested(it) && equal(k.Digest.URL, it.Digest.URL)
	})
}

// oldest chooses where the operator said what identifies.
func oldest(it Item, found []Known) (seq uint64) {
	for _, k := range found {
		if slices.Contains(it.Marks, k.Mark) && (seq == 0 || k.Seq < seq) {
			seq = k.Seq
		}
	}
	return seq
}

// Likely returns the number of the article that an item is by weaker evidence, of
// those that are not claimed: other items of the document are those for sure. 0
// means that the item is none of them, and thus new. The only errors are those of
// Head and Load.
func (j *Judge) Likely(it Item, found []Known, claimed func(seq uint64) bool) (uint64, error) {
	q := question{judge: j, item: it, address: !slices.ContainsFunc(found, func(k Known) bool {
		return k.Mark.Kind == KindURL && k.contested(it)
	})}
	tried := make(map[uint64]bool, len(found))
	for _, k := range found {
		if claimed(k.Seq) || k.contested(it) && tried[k.Seq] {
			continue // other contested marks lead to the same decision
		}
		tried[k.Seq] = true
		same, err := q.is(k)
		if err != nil {
			return 0, err
		}
		if same {
			return k.Seq, nil
		}
	}
	return 0, nil
}

// contested reports whether the mark names several articles.
func (k Known) contested(it Item) bool {
	return k.Contested || slices.Contains(it.Contested, k.Mark)
}

// means reports whether an article that says the same as the item is meant by it:
// it is not where the two name different places of a page, and a title alone may
// be that of a column, which then has other guids and dates.
func (k Known) means(it Item) (bool, error) {
	column := it.prose.size == 0 && k.otherGUID(it)
	if k.Mark.Kind == KindText && k.otherGUID(it) {
		return k.repeats(it)
	}
	repeated := it.isNameless() && k.contested(it) // the entries of a log, told apart by their dates
	if it.anchor == "" && !column && !repeated {
		return true, nil
	}
	known, err := k.Head()
	if err != nil {
		return false, err
	}
	there := anchor(known.URL)
	dated := column || repeated
	return (there == "" || it.anchor == "" || there == it.anchor) && (!dated || !otherDate(known.Article, it.Article)), nil
}

// longText is how many words a text has that nobody writes twice.
const longText = 40

// repeats reports whether an item of another guid that says the same is the
// article again: it has its date, or is too long for a notice that comes again.
func (k Known) repeats(it Item) (bool, error) {
	known, err := k.Head()
	if err != nil || otherDate(known.Article, it.Article) {
		return false, err
	}
	return sameDate(known.Article, it.Article) || strings.Count(it.prose.plain(), " ") >= longText, nil
}

func (k Known) otherGUID(it Item) bool {
	return k.Digest.GUID != 0 && it.Digest.GUID != 0 && k.Digest.GUID != it.Digest.GUID
}

// question is whether an item is one of some articles.
type question struct {
	judge   *Judge
	item    Item
	address bool // the item's address names one article only, as far as is known
}

func (q question) is(k Known) (bool, error) {
	known, err := k.Head()
	if err != nil {
		return false, err
	}
	p := pair{Judge: q.judge, it: q.item, known: known.Article, k: k, title: equal(k.Digest.Title, q.item.Digest.Title)}
	switch {
	case k.Mark.Kind == KindText:
		return !p.otherAddress(), nil
	case k.contested(q.item) || k.Mark.Kind == KindTriple:
		if q.address && p.sameAddress() {
			return true, nil
		}
		return p.agree()
	case k.Mark.Kind == KindPath:
		return p.byPath()
	case k.Mark.Kind == KindURL:
		return p.byAddress()
	}
	return false, nil
}

// pair is an item beside an article that it may be.
type pair struct {
	*Judge
	it    Item
	known feed.Article // without texts
	k     Known
	title bool // both have the same title
}

// sameAddress reports whether both have one address, and name one place there.
func (p pair) sameAddress() bool {
	return equal(p.k.Digest.URL, p.it.Digest.URL) && anchor(p.known.URL) == p.it.anchor
}

// otherAddress reports whether their addresses or places contradict each other.
func (p pair) otherAddress() bool {
	if p.k.Digest.URL == 0 || p.it.Digest.URL == 0 {
		return false
	}
	return p.k.Digest.URL != p.it.Digest.URL || p.otherAnchor()
}

func (p pair) otherAnchor() bool {
	there := anchor(p.known.URL)
	return there != "" && p.it.anchor != "" && there != p.it.anchor
}

// byPath decides for guids that are the same address but for scheme, host and a
// counter. A site that moves to https keeps its articles; a planet whose blogs
// all count "/?p=1" must not lose any, nor a page its numbered entries.
func (p pair) byPath() (bool, error) {
	moved := !sameHost(p.it.guid, p.known.GUID)
	switch {
	case !moved && anchor(p.it.guid) == anchor(p.known.GUID):
		return true, nil
	case !moved && (p.title || sameMoment(p.it.Article, p.known)):
		return true, nil
	case moved && (!p.title || otherDate(p.it.Article, p.known)):
		return false, nil
	}
	return p.alike(half)
}

// byAddress decides for articles of one address. Where the guid is another one,
// or the place on the page, the publisher may have changed it, or put another
// text at a fixed address.
func (p pair) byAddress() (bool, error) {
	if !p.k.otherGUID(p.it) && !p.otherAnchor() {
		return true, nil
	}
	if silent, err := p.silent(); err != nil || silent {
		// The title alone may be that of a column: then the dates differ.
		return p.title && !otherDate(p.it.Article, p.known), err
	}
	if p.title && sameMoment(p.it.Article, p.known) {
		return true, nil
	}
	return p.alike(half)
}

// agree looks for a second piece of evidence beside one that names several
// articles: title and text together, or nearly all of the text.
func (p pair) agree() (bool, error) {
	silent, err := p.silent()
	switch {
	case err != nil:
		return false, err
	case silent:
		return p.title && sameDate(p.it.Article, p.known) && !p.otherAddress(), nil
	case p.otherAddress():
		if !p.title || !sameDate(p.it.Article, p.known) {
			return false, nil
		}
		return p.alike(nearlyAll)
	case p.title:
		return p.alike(half)
	}
	return p.alike(nearlyAll)
}

// The shares of the shorter text that must stand in the longer.
const (
	half      = 0.5 // to be the same item where something else agrees
	nearlyAll = 0.9 // where little does
)

// alike reports whether so much of the shorter text stands in the longer.
func (p pair) alike(least float64) (bool, error) {
	there, err := p.text(p.k)
	if err != nil {
		return false, err
	}
	return p.shared(there, p.it.prose) >= least, nil
}

// silent reports whether one of the two has no text to compare.
func (p pair) silent() (bool, error) {
	there, err := p.text(p.k)
	return err == nil && (there.size == 0 || p.it.prose.size == 0), err
}

// otherDate reports whether both have a date, and not the same.
func otherDate(a, b feed.Article) bool {
	return !a.Published.IsZero() && !b.Published.IsZero() && !sameDate(a, b)
}

// sameHost reports whether two addresses are of one host but for scheme and www.
func sameHost(a, b string) bool {
	host := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			return ""
		}
		return strings.TrimPrefix(strings.ToLower(u.Host), "www.")
	}
	h := host(a)
	return h != "" && h == host(b)
}

// sameMoment is sameDate for dates that say more than the day.
func sameMoment(a, b feed.Article) bool {
	h, m, s := a.Published.UTC().Clock()
	return h+m+s > 0 && sameDate(a, b)
}

// shared is Coverage within the bound of work; beyond it nothing is shared.
func (j *Judge) shared(a, b *prose) float64 {
	if j.work >= maxWork {
		return 0
	}
	words, others := a.tokens(), b.tokens()
	j.work += words.Words() + others.Words() + comparisonWork
	return j.near.Shared(words, others)
}

// text returns the text of a stored article, which is read once, and within the
// bound of work: beyond it the text counts as none.
func (j *Judge) text(k Known) (*prose, error) {
	if p, ok := j.read[k.Seq]; ok {
		return p, nil
	}
	if j.work >= maxWork {
		return &prose{}, nil
	}
	stored, err := k.Load()
	if err != nil {
		return nil, err
	}
	p := newProse(stored.Article, lines(stored.Body()))
	j.work += p.size / 8
	if j.read == nil {
		j.read = map[uint64]*prose{}
	}
	j.read[k.Seq] = p
	return p, nil
}
