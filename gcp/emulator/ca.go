package emulator

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

// caLife is how long the authority is trusted; with half of it gone there is a new
// certificate.
const caLife = 7 * 24 * time.Hour

// authority signs for *.googleapis.com and for nothing else, so that a process that
// trusts it cannot be lied to about other hosts. Its key is in memory only: what is
// on disk, for clients to trust, is no use to whoever reads it.
type authority struct {
	file string
	now  func() time.Time
	keys [2]*ecdsa.PrivateKey // its own, and that of the certificate it signs

	mu   sync.Mutex
	ca   *x509.Certificate
	cert *tls.Certificate
}

// newAuthority makes the authority of a server, whose certificate is ca.pem in dir.
func newAuthority(dir string, now func() time.Time) (*authority, error) {
	a := &authority{file: filepath.Join(dir, "ca.pem"), now: now}
	for i := range a.keys {
		var err error
		if a.keys[i], err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
			return nil, fmt.Errorf("making the proxy's keys: %w", err)
		}
	}
	// The key of an earlier version, whose authority was good for ten years.
	if err := os.Remove(filepath.Join(dir, "ca-key.pem")); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return a, a.refresh()
}

// refresh renews the certificates in time, and writes the authority's again should
// its file be gone or damaged.
func (a *authority) refresh() error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.cert == nil || a.ca.NotAfter.Before(a.now().Add(caLife/2)) {
		if err := a.renew(); err != nil {
			return fmt.Errorf("making the proxy's certificate: %w", err)
		}
	}
	want := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: a.ca.Raw})
	if got, err := os.ReadFile(a.file); err == nil && bytes.Equal(got, want) {
		return nil
	}
	if err := atomicfile.Write(a.file, want, 0o644); err != nil {
		return fmt.Errorf("writing the proxy's certificate: %w", err)
	}
	return nil
}

// certificate is the one to show to a client.
func (a *authority) certificate(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.cert, nil
}

// renew makes both certificates; the caller holds the lock. The keys stay, so
// that a client that read the earlier one trusts what it is shown until that ends.
func (a *authority) renew() error {
	from := a.now().Add(-time.Hour) // clocks differ
	until := from.Add(caLife)
	ca, err := a.sign(authorityTemplate(from, until), nil, a.keys[0])
	if err != nil {
		return err
	}
	leaf, err := a.sign(&x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "*.googleapis.com"}, DNSNames: []string{"*.googleapis.com"},
		NotBefore: from, NotAfter: until,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}, ca, a.keys[1])
	if err != nil {
		return err
	}
	a.ca, a.cert = ca, &tls.Certificate{Certificate: [][]byte{leaf.Raw, ca.Raw}, PrivateKey: a.keys[1], Leaf: leaf}
	return nil
}

// sign certifies key; an authority of nil means that it certifies itself.
func (a *authority) sign(template, ca *x509.Certificate, key *ecdsa.PrivateKey) (*x509.Certificate, error) {
	if ca == nil {
		ca = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, ca, key.Public(), a.keys[0])
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}

// authorityTemplate allows names below googleapis.com. A kind of name that is not
// constrained is allowed altogether, so the other kinds are, too. There is no way to
// say "none" of URIs and mail that everybody reads alike: of each one host is
// allowed, and the same excluded.
func authorityTemplate(from, until time.Time) *x509.Certificate {
	nowhere := []string{"invalid"}
	return &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "gcpdeploy local emulators"},
		NotBefore: from, NotAfter: until, IsCA: true, MaxPathLenZero: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		PermittedDNSDomainsCritical: true, // all of them
		PermittedDNSDomains:         []string{"googleapis.com"},
		ExcludedIPRanges:            []*net.IPNet{{IP: net.IPv4zero.To4(), Mask: net.CIDRMask(0, 32)}, {IP: net.IPv6zero, Mask: net.CIDRMask(0, 128)}},
		PermittedURIDomains:         nowhere, ExcludedURIDomains: nowhere,
		PermittedEmailAddresses: nowhere, ExcludedEmailAddresses: nowhere,
	}
}

// keep renews the certificate of a server that runs for long, until done is closed.
// Nobody may connect for weeks, and clients read the file before they do.
func (a *authority) keep(done <-chan struct{}, log *slog.Logger) {
	tick := time.NewTicker(time.Hour)
	defer tick.Stop()
	for {
		select {
		case <-done:
			return
		case <-tick.C:
			if err := a.refresh(); err != nil {
				log.Warn("renewing the proxy's certificate", "error", err)
			}
		}
	}
}

func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}
