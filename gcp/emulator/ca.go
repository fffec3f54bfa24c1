package emulator

import (
	"crypto"
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
	"math/big"
	"os"
	"path/filepath"
	"time"

	"github.com/gcpdeploy/gcpdeploy/internal/atomicfile"
)

const caLife = 10 * 365 * 24 * time.Hour

// openCA gives a certificate for *.googleapis.com by the authority in dir, which
// is made at the first start: ca.pem for clients to trust, its key for the
// owner's eyes only. It may sign for googleapis.com and nothing else, so that a
// process that trusts it cannot be lied to about other hosts.
func openCA(dir string, now time.Time) (tls.Certificate, error) {
	certFile, keyFile := filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca-key.pem")
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return pair, fmt.Errorf("reading the proxy's certificate (remove %s and %s to have new ones): %w", certFile, keyFile, err)
	}
	if err != nil || pair.Leaf.NotAfter.Before(now.Add(30*24*time.Hour)) {
		if pair, err = makeCA(certFile, keyFile, now); err != nil {
			return pair, fmt.Errorf("making the proxy's certificate: %w", err)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return pair, err
	}
	leaf := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "*.googleapis.com"}, DNSNames: []string{"*.googleapis.com"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(365 * 24 * time.Hour),
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, pair.Leaf, key.Public(), pair.PrivateKey)
	if err != nil {
		return pair, err
	}
	return tls.Certificate{Certificate: [][]byte{der, pair.Leaf.Raw}, PrivateKey: key}, nil
}

func makeCA(certFile, keyFile string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	ca := &x509.Certificate{
		SerialNumber: serial(), Subject: pkix.Name{CommonName: "gcpdeploy local emulators"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.Add(caLife), IsCA: true, MaxPathLenZero: true, BasicConstraintsValid: true,
		KeyUsage:            x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		PermittedDNSDomains: []string{"googleapis.com"}, PermittedDNSDomainsCritical: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, ca, ca, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	// Both at once cannot be; a key without its certificate is made anew.
	for path, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		mode := os.FileMode(0o600)
		if path == certFile {
			mode = 0o644
		}
		if err := atomicfile.Write(path, pem.EncodeToMemory(block), mode); err != nil {
			return tls.Certificate{}, err
		}
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: crypto.PrivateKey(key), Leaf: leaf}, nil
}

func serial() *big.Int {
	b := make([]byte, 16)
	rand.Read(b)
	b[0] &= 0x7f
	return new(big.Int).SetBytes(b)
}
