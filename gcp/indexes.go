package gcp

import "regexp"

// pythonIndex are the hosts of Artifact Registry's Python repositories: one label
// below pkg.dev, so that no other host gets a token.
var pythonIndex = regexp.MustCompile(`^[a-z][a-z0-9-]*-python\.pkg\.dev$`)

// PythonIndex says whether a host, in small letters and without a port, is one of
// Artifact Registry's package indexes, which take an access token for a password.
func PythonIndex(host string) bool { return pythonIndex.MatchString(host) }
