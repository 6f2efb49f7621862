package web

import (
	"net/http"
	"time"
)

// maxStreams is how many answers a connection may ask for at a time by HTTP/2: as few as
// the standard advises (RFC 9113, section 6.5.2).
const maxStreams = 100

// Server returns a server for the public handler whose limits keep slow and
// wordy readers from holding what others need. HTTP/2 without TLS is spoken for
// proxies that prefer it. The caller gives it its listeners and its ErrorLog, and
// closes it.
func Server(h http.Handler) *http.Server {
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	protocols.SetHTTP2(true)
	protocols.SetUnencryptedHTTP2(true)
	return &http.Server{
		Handler:           answering(h),
		Protocols:         &protocols,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       time.Minute,
		MaxHeaderBytes:    8 << 10,
		ConnContext:       withConn,
		HTTP2:             &http.HTTP2Config{MaxConcurrentStreams: maxStreams},
	}
}

// AdminServer is Server with the patience that a CPU profile needs.
func AdminServer(h http.Handler) *http.Server {
	s := Server(h)
	s.WriteTimeout = 5 * time.Minute
	return s
}
