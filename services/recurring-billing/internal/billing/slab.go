package billing

// slab cuts small slices from large ones, which costs far fewer allocations.
type slab[T any] struct{ free []T }

// maxSlab limits the elements that are allocated before they are needed.
const maxSlab = 1024

// take returns n zero elements that nothing else uses, or nil if n is 0. An append copies them.
// expected is about how many elements are still to be taken, these included.
func (s *slab[T]) take(n, expected int) []T {
	if n == 0 {
		return nil
	}
	if n > len(s.free) {
		s.free = make([]T, max(n, min(expected, maxSlab)))
	}
	taken := s.free[:n:n]
	s.free = s.free[n:]
	return taken
}

// keep returns a copy of elements that are overwritten later.
func (s *slab[T]) keep(of []T, expected int) []T {
	kept := s.take(len(of), expected)
	copy(kept, of)
	return kept
}
