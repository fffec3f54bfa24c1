package emulator

import (
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func writeCertificate(t *testing.T, path string, c *x509.Certificate) {
	t.Helper()
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
}

// trusted is who trusts the authority as its file is now.
func trusted(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	pool := x509.NewCertPool()
	if data, err := os.ReadFile(filepath.Join(dir, "ca.pem")); err != nil || !pool.AppendCertsFromPEM(data) {
		t.Fatalf("no certificate in the CA file: %v", err)
	}
	return pool
}

// TestAuthorityIsForGoogleOnly: what the authority's key signs is believed for
// Google's hosts alone, by Go and by OpenSSL, which gcloud uses.
func TestAuthorityIsForGoogleOnly(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a, err := newAuthority(dir, time.Now)
	if err != nil {
		t.Fatal(err)
	}
	pool := trusted(t, dir)
	link := func(text string) *url.URL { u, _ := url.Parse(text); return u }
	for name, test := range map[string]struct {
		leaf x509.Certificate
		ok   bool
	}{
		"google":   {x509.Certificate{DNSNames: []string{"storage.googleapis.com"}}, true},
		"host":     {x509.Certificate{DNSNames: []string{"pypi.org"}}, false},
		"suffix":   {x509.Certificate{DNSNames: []string{"evilgoogleapis.com"}}, false},
		"loopback": {x509.Certificate{IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}, false},
		"IPv4":     {x509.Certificate{IPAddresses: []net.IP{net.IPv4(151, 101, 0, 223)}}, false},
		"IPv6":     {x509.Certificate{IPAddresses: []net.IP{net.ParseIP("2a04:4e42::223")}}, false},
		"both":     {x509.Certificate{DNSNames: []string{"run.googleapis.com"}, IPAddresses: []net.IP{net.IPv4(8, 8, 8, 8)}}, false},
		"URI":      {x509.Certificate{URIs: []*url.URL{link("spiffe://prod.example/db")}}, false},
		"our URI":  {x509.Certificate{URIs: []*url.URL{link("https://storage.googleapis.com/")}}, false},
		"no URI":   {x509.Certificate{URIs: []*url.URL{link("https://invalid/")}}, false},
		"mail":     {x509.Certificate{EmailAddresses: []string{"ceo@example.com"}}, false},
		"our mail": {x509.Certificate{EmailAddresses: []string{"a@googleapis.com"}}, false},
		"no mail":  {x509.Certificate{EmailAddresses: []string{"a@invalid"}}, false},
	} {
		leaf := test.leaf
		leaf.SerialNumber, leaf.Subject = serial(), pkix.Name{CommonName: "test"}
		leaf.NotBefore, leaf.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		leaf.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
		cert, err := a.sign(&leaf, a.ca, a.keys[1])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cert.Verify(x509.VerifyOptions{Roots: pool}); (err == nil) != test.ok {
			t.Errorf("%s: Go says %v", name, err)
		}
		file := filepath.Join(dir, name+".pem")
		writeCertificate(t, file, cert)
		openssl, err := exec.LookPath("openssl")
		if err != nil {
			continue
		}
		out, err := exec.CommandContext(t.Context(), openssl, "verify", "-CAfile", a.file, file).CombinedOutput()
		if (err == nil) != test.ok {
			t.Errorf("%s: OpenSSL says %v, %s", name, err, out)
		}
	}
	if !a.ca.MaxPathLenZero || !a.ca.PermittedDNSDomainsCritical {
		t.Error("an authority below it would be believed, or clients may pass over its limits")
	}
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth, x509.ExtKeyUsageCodeSigning, x509.ExtKeyUsageEmailProtection} {
		if _, err := a.cert.Leaf.Verify(x509.VerifyOptions{Roots: pool, KeyUsages: []x509.ExtKeyUsage{usage}}); err == nil {
			t.Errorf("usage %v", usage)
		}
	}
}

// TestAuthorityRenews: the certificate of a daemon that runs for long is a new one
// in time, and clients that read the earlier one go on.
func TestAuthorityRenews(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		dir, done := t.TempDir(), make(chan struct{})
		a, err := newAuthority(dir, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		go a.keep(done, slog.New(slog.DiscardHandler))
		defer close(done)
		if life := time.Until(a.ca.NotAfter); life > 14*24*time.Hour {
			t.Errorf("the authority is good for %v", life)
		}
		for range 10 { // three days each
			before := trusted(t, dir)
			time.Sleep(3 * 24 * time.Hour)
			synctest.Wait()
			cert, err := a.certificate(nil)
			if err != nil {
				t.Fatal(err)
			}
			for name, pool := range map[string]*x509.CertPool{"now": trusted(t, dir), "before": before} {
				if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: "storage.googleapis.com", CurrentTime: time.Now()}); err != nil {
					t.Errorf("who read the file %s: %v", name, err)
				}
			}
		}
	})
}

// TestAuthorityRemade: whatever lies in the place of the authority is replaced, at
// the start and while it runs.
func TestAuthorityRemade(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty": "", "garbage": "\x00\x01", "cut": "-----BEGIN CERTIFICATE-----\nMIIB", "no certificate": "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			for _, file := range []string{"ca.pem", "ca-key.pem"} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			a, err := newAuthority(dir, time.Now)
			if err != nil {
				t.Fatal(err)
			}
			trusted(t, dir)
			if _, err := os.Stat(filepath.Join(dir, "ca-key.pem")); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("a key on disk: %v", err)
			}
			if err := os.WriteFile(a.file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := a.refresh(); err != nil {
				t.Fatal(err)
			}
			trusted(t, dir)
			if err := os.Remove(a.file); err != nil {
				t.Fatal(err)
			}
			if err := a.refresh(); err != nil {
				t.Fatal(err)
			}
			trusted(t, dir)
		})
	}
}
