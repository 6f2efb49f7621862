package web

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"sluice/feed/crash"
	"sluice/feed/publish"
)

// plain is content that is too small or too seldom asked for to be compressed.
func plain(contentType string, body []byte) *publish.Representation {
	sum := sha256.Sum256(body)
	return &publish.Representation{ContentType: contentType, Body: body, ETag: `"` + hex.EncodeToString(sum[:12]) + `"`}
}

// answer is a content with the headers that are its own.
type answer struct {
	*publish.Representation
	modified time.Time // zero: unknown; else constant is there, too
	constant *constant // what follows from its address; nil: neither dated nor linked
	policy   string    // Content-Security-Policy; empty: that of feeds
	vary     string    // what the address negotiates by beside the coding
	private  bool      // for holders of a token alone
	lasts    string    // Cache-Control; empty: that of what may change with each poll
	instance string    // tag of the whole, of which this is what came since a build (RFC 3229)
	label    string    // Content-Type under which the request wants the content; empty: its own
}

// variant is an answer's content in one coding.
type variant struct {
	coding string // empty: none
	etag   string
	body   []byte
}

// choose returns the variant that the request wants most; of those that it wants
// alike, the best. One that is still being made is made for those who come later.
// Where it is the only one wanted, no coding is better than no content.
func (a answer) choose(wants accepted) (v variant, ok bool) {
	best := wants.of("identity")
	v = variant{etag: a.ETag, body: a.Body}
	for _, c := range slices.Backward(a.Coded) { // the best is first, and comes last to win
		q := wants.of(c.Coding)
		if q == 0 || q < best {
			continue
		}
		ok = true
		if body := c.Body(); body != nil {
			best, v = q, variant{c.Coding, c.ETag, body}
		}
	}
	return v, ok || best > 0
}

// send answers a GET or HEAD: the whole content, or 304 where the reader has it.
func (s *site) send(w http.ResponseWriter, r *http.Request, a answer) {
	chosen, ok := a.choose(s.codings.of(r.Header["Accept-Encoding"], codings))
	h := w.Header()
	h["Cache-Control"], h["Vary"] = s.cachingOf(a), a.varies()
	if !ok {
		refuse(w, http.StatusNotAcceptable, "available codings: "+a.available(), "no-store")
		a.count(w, http.StatusNotAcceptable, 0)
		return
	}
	tag := a.tag(cmp.Or(a.instance, chosen.etag))
	x := exchangeOf(w)
	one := values{x.texts[:0]}
	if unchanged(r.Header, a.modified, a.isTag) {
		// What the reader has describes itself already (RFC 9110, 15.4.5), also to scripts.
		delete(h, exposeHeaders)
		h["Etag"] = one.of(tag)
		w.WriteHeader(http.StatusNotModified)
		a.count(w, http.StatusNotModified, 0)
		return
	}
	put(h, s.content)
	a.describe(h, x.began)
	h["Etag"] = one.of(tag)
	h["Content-Type"] = one.of(cmp.Or(a.label, a.ContentType))
	h["Content-Length"] = one.of(strconv.Itoa(len(chosen.body)))
	if chosen.coding != "" {
		h["Content-Encoding"] = one.of(chosen.coding)
	}
	status := http.StatusOK
	if a.instance != "" {
		status = http.StatusIMUsed
		h.Set("IM", "feed")
	}
	w.WriteHeader(status)
	sent := 0
	if r.Method != http.MethodHead {
		sent = s.write(w, chosen.body)
	}
	a.count(w, status, sent)
}

// count counts the answer among those of its output.
func (a answer) count(w http.ResponseWriter, status, sent int) {
	if a.constant == nil || a.constant.tally == nil {
		return
	}
	if l, ok := w.(*limited); ok && l.refused {
		status, sent = http.StatusTooManyRequests, 0
	}
	a.constant.tally.answered(status, sent)
}

// values are texts that are the only ones of their headers, in one piece of memory, as many
// as that has room for.
type values struct {
	texts []string
}

func (v *values) of(text string) []string {
	v.texts = append(v.texts, text)
	n := len(v.texts)
	return v.texts[n-1 : n : n]
}

// cachingOf is the answer's Cache-Control.
func (s *site) cachingOf(a answer) []string {
	switch {
	case a.lasts != "":
		return []string{a.lasts}
	case a.private:
		return s.private
	}
	return s.caching
}

// varies is the answer's Vary.
func (a answer) varies() []string {
	switch a.vary {
	case "":
		return variesByCoding
	case "Accept":
		return variesByAccept
	}
	return varies(a.vary)
}

// labelled is what the tag of a content ends in that is sent under another type than
// its own: that is another representation, whose tag must be another (RFC 9110, 8.8.1).
const labelled = `-xml"`

// tag is the tag of the content as it is sent.
func (a answer) tag(of string) string {
	if a.label == "" {
		return of
	}
	return strings.TrimSuffix(of, `"`) + labelled
}

// isTag reports whether a tag is that of the content in any coding, under any type.
func (a answer) isTag(tag string) bool {
	if of, ok := strings.CutSuffix(tag, labelled); ok {
		tag = of + `"`
	}
	return tag == a.ETag || slices.ContainsFunc(a.Coded, func(c publish.Coded) bool { return c.ETag == tag })
}

func (a answer) available() string {
	list := "identity"
	for _, c := range a.Coded {
		list += ", " + c.Coding
	}
	return list
}

// write sends a body piece by piece, each within the time that the site's patience
// gives it: a reader that is slow gets a large feed whole, and one that stopped reading
// does not keep the build in memory for ever. It returns how many bytes were sent.
func (s *site) write(w http.ResponseWriter, body []byte) (sent int) {
	x := exchangeOf(w)
	c := x.conn
	if !x.joins {
		c = nil
	}
	for piece := range slices.Chunk(body, pieceSize) {
		if len(body) > paceSize { // for less the server's own limit will do
			steps := time.Duration((len(piece) + paceSize - 1) / paceSize)
			_ = x.SetWriteDeadline(time.Now().Add(s.patience * steps)) // without a connection nobody is slow
		}
		n, err := c.join(w, piece)
		if sent += n; err != nil {
			break // the reader went away: nobody is left to be told
		}
		c = nil // the head went with the first piece
	}
	return sent
}

// describe sets the headers that say something of a whole content, now.
func (a answer) describe(h http.Header, now time.Time) {
	if a.constant != nil {
		h["Link"] = a.constant.links
		// Not ahead of Date (RFC 9110, 8.8.2.1) when the clock was set back: then the tag
		// alone says what changed.
		if !a.modified.IsZero() && !a.modified.After(now) {
			h["Last-Modified"] = a.constant.lastModified(a.modified)
		}
	}
	if a.policy != "" {
		h.Set("Content-Security-Policy", a.policy)
		h.Set("Referrer-Policy", "no-referrer")
	}
}

// refuse answers with a line of plain text. HEAD gets the same headers: net/http
// keeps the body back.
func refuse(w http.ResponseWriter, status int, text, caching string) {
	h := w.Header()
	h.Set("Content-Type", "text/plain; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(len(text)+1))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", caching)
	w.WriteHeader(status)
	_, _ = io.WriteString(w, text+"\n") // as in send
}

// redirect sends the reader to another address of ours.
func redirect(w http.ResponseWriter, status int, to, caching string) {
	w.Header().Set("Location", to)
	refuse(w, status, to, caching)
}

func cacheControl(age time.Duration) string {
	n := int(age / time.Second)
	return fmt.Sprintf("public, max-age=%d, stale-while-revalidate=%d, stale-if-error=86400", n, n)
}

// recoverPanics logs a panic in one line, without what may be a token in the
// address, and cuts the connection: the reader must not take half a feed for one. The
// same panic is told now and then: a reader may bring it about at will.
func recoverPanics(log *slog.Logger, next http.Handler) http.Handler {
	var before troubles
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer logPanic(r, log, &before)
		next.ServeHTTP(w, r)
	})
}

// logPanic must be deferred itself: recover works nowhere else.
func logPanic(r *http.Request, log *slog.Logger, before *troubles) {
	reason := recover()
	if reason == nil {
		return
	}
	if reason != http.ErrAbortHandler { //nolint:errorlint // a panic value, compared as net/http does
		fault := crash.Told(reason)
		before.tell(r.Context(), log, slog.LevelError, "request panicked", fault.At, "path", shownAddress(r, nil), "err", fault.What, "at", fault.At)
	}
	panic(http.ErrAbortHandler)
}
