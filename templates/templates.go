// Package templates holds what the images are made from: two Dockerfile
// templates, and the Python program that runs inside the first one's stages. It knows
// nothing of how they are filled in; internal/dockerfile does that.
package templates

import "embed"

// The names of the files.
const (
	Wheel   = "wheel.Dockerfile"
	Main    = "main.Dockerfile"
	Program = "wheelhouse" // a folder, run as `python3 wheelhouse COMMAND`
)

// FS holds Wheel, Main and the files of Program.
//
//go:embed wheel.Dockerfile main.Dockerfile wheelhouse/*.py
var FS embed.FS
