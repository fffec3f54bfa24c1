package cmd_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gcpdeploy/gcpdeploy/internal/docker"
	"github.com/gcpdeploy/gcpdeploy/internal/docker/dockertest"
)

// serveOverTLS serves wheels as that host over TLS, to builds alone: they reach it by
// a proxy, which the base image of the script's builds then names.
func serveOverTLS(ts *testscript.TestScript, neg bool, args []string) {
	usage(ts, !neg && len(args) > 3, "overtls HOST USER PASSWORD PROJECT…")
	dir := ts.MkAbs("tls-" + args[0])
	ts.Check(os.Mkdir(dir, 0o755))
	ts.Check(writeCertificate(dir, args[0]))
	address := serveWheels(ts, args[3:], docker.Container{
		Env: []string{"INDEX_LOGIN=" + args[1] + ":" + args[2], "INDEX_TLS=/tls"}, Binds: []string{dir + ":/tls:ro"},
	})
	ctx := context.Background()
	command, err := docker.Command(ctx)
	ts.Check(err)
	image := "gcpdeploy.local/behind-proxy:" + filepath.Base(ts.Getenv("WORK"))
	build := exec.CommandContext(ctx, command, "build", "-q", "-t", image, "-")
	build.Stdin = bytes.NewReader([]byte("FROM " + dockertest.Image() + "\nENV HTTPS_PROXY=http://" + address + ":8000\n"))
	out, err := build.CombinedOutput()
	ts.Logf("%s", out)
	ts.Check(err)
	ts.Defer(func() { _ = exec.Command(command, "image", "rm", image).Run() })
	ts.Setenv("GCPDEPLOY_BASE_IMAGE", image)
	ts.Setenv("GCPDEPLOY_CA_FILE", filepath.Join(dir, "cert.pem"))
}

// writeCertificate makes a certificate of a host, which is its own authority.
func writeCertificate(dir, host string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	c := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true,
	}
	signed, err := x509.CreateCertificate(rand.Reader, c, c, key.Public(), key)
	if err != nil {
		return err
	}
	secret, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: signed}, "key.pem": {Type: "PRIVATE KEY", Bytes: secret}} {
		if err := os.WriteFile(filepath.Join(dir, name), pem.EncodeToMemory(block), 0o644); err != nil {
			return err
		}
	}
	return nil
}
