package fetchtest

import (
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Document is a reply with a feed and its validators; empty: none.
func Document(body, etag, lastModified string) Reply {
	return Reply{Body: body, ETag: etag, LastModified: lastModified}
}

// Fails is a reply with a status and nothing to read.
func Fails(status int) Reply { return Reply{Status: status, Body: http.StatusText(status)} }

// Busy is a reply with a status and Retry-After: seconds or a date, as it is sent.
func Busy(status int, retryAfter string) Reply {
	return Fails(status).With("Retry-After", retryAfter)
}

// Part is a reply with what is new of a feed alone (RFC 3229).
func Part(body, etag string) Reply {
	return Reply{Status: http.StatusIMUsed, Body: body, ETag: etag}.With("Im", "feed")
}

// Challenge is what Cloudflare answers to programs that it takes for no browser.
func Challenge(ray string) Reply {
	r := Fails(http.StatusForbidden).With("Cf-Mitigated", "challenge").With("Cf-Ray", ray)
	r.Body, r.ContentType = `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head></html>`, "text/html; charset=UTF-8"
	return r
}

// Portal is the page with which a hotel's network answers whatever is asked.
func Portal() Reply {
	return Reply{Body: "<!DOCTYPE html><html><title>Welcome</title><form>Room number <input></form></html>", ContentType: "text/html"}
}

// With returns the reply with one more header, in place of any of that name.
func (r Reply) With(name, value string) Reply {
	h := r.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set(name, value)
	r.Header = h
	return r
}

// Fresh returns the reply with the lifetime that caches are told.
func (r Reply) Fresh(age time.Duration) Reply {
	return r.With("Cache-Control", "max-age="+strconv.Itoa(int(age.Seconds())))
}

// Formatted returns a time in the three forms that HTTP knows (RFC 9110, section
// 5.6.7): that of today, that of RFC 850, and that of asctime.
func Formatted(t time.Time) [3]string {
	t = t.UTC()
	return [3]string{t.Format(http.TimeFormat), t.Format("Monday, 02-Jan-06 15:04:05 GMT"), t.Format(time.ANSIC)}
}

// cutShort sends what there is of a body and ends the connection: by a reset, or as
// if that had been all.
func cutShort(w http.ResponseWriter, r Reply, body []byte) {
	_, _ = w.Write(body[:min(r.Cut, len(body))])
	_ = http.NewResponseController(w).Flush()
	hangUp(w, r.Reset)
}

// hangUp closes the connection of an answer.
func hangUp(w http.ResponseWriter, reset bool) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler) // HTTP/2: the stream is reset
	}
	if tcp, ok := conn.(*net.TCPConn); ok && reset {
		_ = tcp.SetLinger(0)
	}
	_ = conn.Close()
}

// flood sends headers until the client has had enough.
func flood(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "HTTP/1.1 200 OK\r\n")
	for err == nil {
		_, err = io.WriteString(conn, "X-More: "+strings.Repeat("x", 100)+"\r\n")
	}
}
