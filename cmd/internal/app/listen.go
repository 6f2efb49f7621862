package app

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"sluice/cmd/internal/control"
	"sluice/cmd/internal/metrics"
	"sluice/cmd/internal/web"
	"sluice/config"
)

// listen opens the public, the admin and the control listeners. A port in use is
// an error here, before anything is served.
func (a *App) listen(ctx context.Context, cfg *config.Config) error {
	front, err := a.newSite(cfg)
	if err != nil {
		return err
	}
	a.site.Store(front)
	for _, addr := range cfg.Server.Listen {
		if err := a.open(ctx, addr, web.Server(a.Public()), front.cert != nil); err != nil {
			return err
		}
	}
	log := a.log.With("component", "admin")
	admin := web.Admin(log, web.Metrics(log, metrics.ContentType, a.WriteMetrics), a.statusJSON, a.readiness)
	if cfg.Server.Admin != "" {
		if err := a.open(ctx, cfg.Server.Admin, web.AdminServer(admin), false); err != nil {
			return err
		}
	}
	ln, err := control.Listen(ctx, cfg.Server.Control.Reveal())
	if err != nil {
		return cfg.Server.Control.Hide(err)
	}
	life, end := context.WithCancel(context.WithoutCancel(ctx))
	a.endWork = end
	a.serve(ln, control.Server(control.Handler(life, a, a.engine.Address, admin)), false)
	a.push("control work", func(context.Context) error { end(); return nil })
	a.announce(ctx, cfg)
	return nil
}

// announce logs where everything is, once all of it is there.
func (a *App) announce(ctx context.Context, cfg *config.Config) {
	for i, addr := range cfg.Server.Listen {
		a.log.InfoContext(ctx, "listening", "address", bound(addr, a.servers[i].ln), "outputs", cfg.Server.BaseURL+"/")
	}
	for _, o := range cfg.Outputs {
		a.log.InfoContext(ctx, "publishing", "output", o.Name, "url", cfg.Server.BaseURL+"/feeds/"+o.Name+".rss")
	}
	if addr := cfg.Server.Admin; addr != "" {
		a.log.InfoContext(ctx, "listening", "address", bound(addr, a.servers[len(cfg.Server.Listen)].ln), "for", "admin")
	}
}

// bound is the address of a listener: as it was configured, with the port that
// the system chose where it was to choose one.
func bound(addr string, ln net.Listener) string {
	if strings.HasSuffix(addr, ":0") {
		return ln.Addr().String()
	}
	return addr
}

// newSite makes what answers to subscribers under a configuration.
func (a *App) newSite(cfg *config.Config) (*site, error) {
	s := &site{handler: web.New(a.log.With("component", "web"), a.out, web.Options{
		BaseURL: cfg.Server.BaseURL, MaxAge: maxAge(cfg),
		Callbacks: a.engine.Hubs, Readers: &a.readers, Observe: a.counts.answered, Requests: a.log.With("component", "access"),
		Limit: cfg.Server.ReaderLimit, Proxies: cfg.Server.Proxies(),
	})}
	files := cfg.Server.TLS
	if files.Cert.Reveal() == "" {
		return s, nil
	}
	cert, err := tls.LoadX509KeyPair(files.Cert.Reveal(), files.Key.Reveal())
	if err != nil {
		return nil, fmt.Errorf("server.tls: %w", files.Cert.Hide(files.Key.Hide(err)))
	}
	s.cert = &cert
	return s, nil
}

// open listens on host:port or unix:/path and keeps the server for Run.
func (a *App) open(ctx context.Context, addr string, srv *http.Server, secure bool) error {
	network, target := "tcp", addr
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, target = "unix", path
		if err := control.RemoveStale(ctx, path); err != nil {
			return fmt.Errorf("listen %s: %w", addr, err)
		}
	}
	ln, err := (&net.ListenConfig{}).Listen(ctx, network, target)
	if err != nil {
		return fmt.Errorf("listen %s: %w", addr, cause(err))
	}
	if secure {
		srv.TLSConfig = &tls.Config{
			MinVersion:     tls.VersionTLS12,
			GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return a.site.Load().cert, nil },
		}
	}
	a.serve(web.Listener(ln, connections()), srv, secure)
	return nil
}

// connections is how many connections a listener holds at a time; more wait in
// the system's queue. Readers must not take the descriptors that the polls and
// the control socket need.
func connections() int {
	var files syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files); err != nil {
		return 256
	}
	return int(min(max(files.Cur/4, 16), 16_384))
}

// serve keeps a listener for Run, and has it closed should Run never come.
func (a *App) serve(ln net.Listener, srv *http.Server, secure bool) {
	// What goes wrong on a connection before there is a request: mostly strangers.
	srv.ErrorLog = newConnectionLog(a.log.With("component", "http", "address", ln.Addr().String()))
	a.servers = append(a.servers, server{http: srv, ln: ln, tls: secure})
	a.push("listener "+ln.Addr().String(), func(context.Context) error {
		if err := ln.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			return err
		}
		return nil
	})
}

// cause is a network error without the address, which the caller names.
func cause(err error) error {
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Err
	}
	return err
}

// serve answers until the server is shut down.
func (s server) serve() error {
	var err error
	if s.tls {
		err = s.http.ServeTLS(s.ln, "", "")
	} else {
		err = s.http.Serve(s.ln)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// shutdown lets answers that run end, within the context's time; a slow reader
// is cut off then.
func (s server) shutdown(ctx context.Context) {
	bounded, done := context.WithTimeout(ctx, stopTime/2)
	defer done()
	if s.http.Shutdown(bounded) != nil {
		_ = s.http.Close() // its connections are what did not end
	}
}

// statusJSON is the body of /status.json.
func (a *App) statusJSON(ctx context.Context) (any, error) {
	states, err := a.Status(ctx)
	if err != nil {
		return nil, err
	}
	return control.NewStatus(states, a.engine.Address), nil
}
