package continuo_test

import (
	"debug/elf"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// imageUser is the user of the container image.
const imageUser = 65532

// TestImageStarts starts Continuo in the file tree of the container image as a container would: with the tree as its root, with
// the user, environment, command and health check of the Dockerfile. The programs are those under test. Only the
// data folder may change.
func TestImageStarts(t *testing.T) {
	t.Parallel()
	dockerfile := read(t, filepath.Join("..", "..", "deploy", "image", "Dockerfile"))
	if !strings.Contains(dockerfile, "\nUSER 65532:65532\n") {
		t.Errorf("the image does not run as the user %d", imageUser)
	}
	image := imageTree(t)
	keys, err := inImage(image, nil, "/usr/local/bin/continuo", "key", "default", "someone").Output()
	if err != nil {
		t.Fatalf("continuo key: %v", err)
	}
	if err := os.WriteFile(filepath.Join(image, "etc", "keys"), keys, 0o644); err != nil {
		t.Fatal(err)
	}
	before := filesOf(t, image)
	env := append(imageEnvironment(t, dockerfile), "CONTINUO_AUTH=keys:/etc/keys", "CONTINUO_CUSTOMER_RECURRENCE_ADDR="+freeAddress(t),
		"CONTINUO_SUBSCRIPTION_ADDR="+freeAddress(t), "CONTINUO_RECURRING_BILLING_ADDR="+freeAddress(t))
	p := &process{command: inImage(image, env, imageWords(t, dockerfile, "\nCMD ")...), output: &lockedBuffer{}, ended: make(chan error, 1)}
	p.command.Stdout, p.command.Stderr = p.output, p.output
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	in := installation{processes: []*process{p}}
	go func() { p.ended <- p.command.Wait() }()
	t.Cleanup(func() { in.stop(t) })

	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		out, err := inImage(image, env, imageWords(t, dockerfile, "\nHEALTHCHECK ")...).CombinedOutput()
		if err == nil {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("the health check says %v\n%s\n%s", err, out, p.output)
		}
	}
	for _, name := range filesOf(t, image) {
		if !slices.Contains(before, name) && !strings.HasPrefix(name, "var/lib/continuo/") {
			t.Errorf("%s was written outside of the data folder", name)
		}
	}
	if _, err := os.Stat(filepath.Join(image, "var", "lib", "continuo", "subscription.db")); err != nil {
		t.Errorf("the store is not in the data folder: %v", err)
	}
}

// TestProgramsNeedNoLibraries checks what lets the programs start in an image without a system.
func TestProgramsNeedNoLibraries(t *testing.T) {
	t.Parallel()
	built, err := os.ReadDir(programs) // five, and the next version of one if the test of a rolling upgrade has built it
	if err != nil || len(built) < 5 {
		t.Fatalf("got %d programs, error %v", len(built), err)
	}
	for _, program := range built {
		binary, err := elf.Open(filepath.Join(programs, program.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if binary.Section(".interp") != nil {
			t.Errorf("%s needs a dynamic linker", program.Name())
		}
		_ = binary.Close() // it was only read
	}
}

// imageTree assembles the tree with one program and gives the data folder to the image's user.
func imageTree(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	release, image := filepath.Join(folder, "release"), filepath.Join(folder, "image")
	if err := os.Mkdir(release, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(programs, "continuo"), filepath.Join(release, "continuo-linux-amd64")); err != nil {
		t.Fatal(err)
	}
	assemble := exec.Command("make", "image-tree", "PROGRAMS=continuo", "IMAGE_PLATFORM=linux/amd64", "IMAGE_TREE="+image, "RELEASE_DIR="+release)
	assemble.Dir = filepath.Join("..", "..")
	if out, err := assemble.CombinedOutput(); err != nil {
		t.Fatalf("make image-tree: %v\n%s", err, out)
	}
	if os.Geteuid() == 0 {
		if err := os.Chown(filepath.Join(image, "var", "lib", "continuo"), imageUser, imageUser); err != nil {
			t.Fatal(err)
		}
	}
	return image
}

// inImage returns a command with the image as its root folder, run by the image's user. Who is not root gets that user in a
// namespace of users.
func inImage(image string, env []string, words ...string) *exec.Cmd {
	user := &syscall.SysProcAttr{Chroot: image, Credential: &syscall.Credential{Uid: imageUser, Gid: imageUser}}
	if os.Geteuid() != 0 {
		user.Cloneflags, user.Credential.NoSetGroups = syscall.CLONE_NEWUSER, true
		user.UidMappings = []syscall.SysProcIDMap{{ContainerID: imageUser, HostID: os.Geteuid(), Size: 1}}
		user.GidMappings = []syscall.SysProcIDMap{{ContainerID: imageUser, HostID: os.Getegid(), Size: 1}}
	}
	return &exec.Cmd{Path: words[0], Args: words, Env: env, Dir: "/var/lib/continuo", SysProcAttr: user}
}

// imageEnvironment returns the variables of a Dockerfile, with a free port in the place of the gateway's.
func imageEnvironment(t *testing.T, dockerfile string) []string {
	t.Helper()
	_, rest, _ := strings.Cut(dockerfile, "\nENV ")
	line, _, _ := strings.Cut(rest, "\n")
	_, port, err := net.SplitHostPort(freeAddress(t))
	if err != nil || !strings.Contains(line, ":8080") {
		t.Fatalf("the image's environment is %q, error %v", line, err)
	}
	return strings.Fields(strings.Replace(line, ":8080", ":"+port, 1))
}

// imageWords returns the words of the list on the line of a Dockerfile that begins with an instruction.
func imageWords(t *testing.T, dockerfile, instruction string) []string {
	t.Helper()
	_, rest, _ := strings.Cut(dockerfile, instruction)
	line, _, _ := strings.Cut(rest, "\n")
	_, list, _ := strings.Cut(line, "[")
	words := strings.Fields(strings.NewReplacer(`"`, "", ",", " ", "]", "").Replace(list))
	if len(words) == 0 {
		t.Fatalf("the Dockerfile has no list after %q", instruction)
	}
	return words
}

// filesOf returns the paths of all files in a folder.
func filesOf(t *testing.T, folder string) []string {
	t.Helper()
	var names []string
	if err := fs.WalkDir(os.DirFS(folder), ".", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			names = append(names, name)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return names
}
