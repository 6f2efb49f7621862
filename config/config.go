// Package config reads the configuration file: strictly, with every problem at
// once, each with its line and column, and never with a secret.
//
// It owns the file's format, its defaults and what makes a configuration valid.
// What the values are used for, and whether an address answers or a certificate
// can be loaded, is left to others. Paths are kept as written: like addresses of
// the form file:PATH and {file: PATH} they are relative to the working directory.
package config

import "time"

// Config is a configuration that can be used. It is not changed after Load.
type Config struct {
	Server      Server
	Storage     Storage
	Ingest      Ingest
	Sources     []Source
	SourcesOPML []Path // OPML files whose feeds become sources
	Outputs     []Output

	Warnings []Problem // what is allowed and probably not meant
}

// Server is how the daemon is reached.
type Server struct {
	Listen         []string // host:port or unix:/path, at least one
	Admin          string   // the same; empty: off
	AdminRemote    bool     // Admin may be other than loopback or a unix socket
	Control        Path     // unix socket for the command line
	BaseURL        string   // how subscribers reach the outputs; no slash at its end
	TLS            TLS
	TrustedProxies []string // networks or addresses; see Proxies
	ReaderLimit    int      // answers a minute and address; 0: no limit
}

// TLS names the files of the certificate and its key; both or none.
type TLS struct{ Cert, Key Path }

// Storage is where articles are kept, and how long.
type Storage struct {
	Path         Path
	MaxAge       time.Duration // since first seen
	MaxPerSource int           // 0: no limit
}

// Ingest is how sources are polled.
type Ingest struct {
	Interval, MinInterval, MaxInterval time.Duration

	Workers      int // polls at a time
	PerHost      PerHost
	Timeout      time.Duration // a whole fetch
	MaxBody      int64         // bytes after decompression
	UserAgent    string        // empty: the program's own
	AllowPrivate []string      // networks or host names beyond the public Internet
	WebSub       bool
}

// PerHost bounds what one host is asked.
type PerHost struct {
	Parallel int           // requests at a time
	Spacing  time.Duration // from the start of one to the start of the next
}

// Default returns the configuration of an empty file: the defaults, and no sources.
func Default() *Config {
	c := newConfig()
	c.place()
	return c
}

// newConfig returns the defaults.
func newConfig() *Config {
	return &Config{
		Server: Server{
			Listen:  []string{"127.0.0.1:8080"},
			Admin:   "127.0.0.1:8081",
			BaseURL: "http://127.0.0.1:8080",
		},
		Storage: Storage{Path: NewPath("sluice.db"), MaxAge: 365 * 24 * time.Hour, MaxPerSource: 10_000},
		Ingest: Ingest{
			Interval: time.Hour, MinInterval: 15 * time.Minute, MaxInterval: 24 * time.Hour,
			Workers: 64, PerHost: PerHost{Parallel: 1, Spacing: time.Second},
			Timeout: time.Minute, MaxBody: 15 << 20,
		},
	}
}

// fields is the schema of the file.
func (c *Config) fields() []field {
	s, st, in := &c.Server, &c.Storage, &c.Ingest
	return []field{
		group("server",
			of("listen", &s.Listen, listenAddresses),
			of("admin", &s.Admin, optional(listenAddress)),
			of("admin_remote", &s.AdminRemote, flag),
			of("control", &s.Control, socketPath),
			of("base_url", &s.BaseURL, baseURL),
			group("tls", of("cert", &s.TLS.Cert, pathOf), of("key", &s.TLS.Key, pathOf)),
			list("trusted_proxies", &s.TrustedProxies, network),
			of("reader_limit", &s.ReaderLimit, count(0, 1_000_000)),
		),
		group("storage",
			of("path", &st.Path, storagePath),
			group("retention",
				of("max_age", &st.MaxAge, duration(24*time.Hour)),
				of("max_per_source", &st.MaxPerSource, count(0, 1_000_000_000)),
			),
		),
		group("ingest",
			of("interval", &in.Interval, duration(time.Second)),
			of("min_interval", &in.MinInterval, duration(time.Second)),
			of("max_interval", &in.MaxInterval, duration(time.Second)),
			of("workers", &in.Workers, count(1, 10_000)),
			group("per_host",
				of("parallel", &in.PerHost.Parallel, count(1, 64)),
				of("spacing", &in.PerHost.Spacing, duration(0)),
			),
			of("timeout", &in.Timeout, duration(time.Second)),
			of("max_body", &in.MaxBody, size),
			of("user_agent", &in.UserAgent, text),
			list("allow_private", &in.AllowPrivate, privateHost),
			of("websub", &in.WebSub, flag),
		),
		{key: "sources", each: func() []field { return newSource(nil).fields() }, take: c.takeSources, get: func() any { return nil }},
		list("sources_opml", &c.SourcesOPML, pathOf),
		{key: "outputs", each: func() []field { return newOutput(nil).fields() }, take: c.takeOutputs, get: func() any { return nil }},
	}
}
