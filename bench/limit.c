/* The limit: what a core can do at most with a body it merely reads, or merely classifies.
 *
 * In:    bytes.
 * Out:   xor_all reads every byte once (AVX2); count_words tells for every byte whether it belongs to a word and counts
 *        how many words begin, which is the least that any matcher of words must do.
 * Else:  compiled by bench/limit.py when it is needed; nothing of the product is in C.
 */
#include <immintrin.h>
#include <stddef.h>
#include <stdint.h>

uint64_t xor_all(const uint8_t *bytes, size_t length) {
    __m256i a = _mm256_setzero_si256(), b = a, c = a, d = a;
    size_t at = 0;
    for (; at + 128 <= length; at += 128) {
        a = _mm256_xor_si256(a, _mm256_loadu_si256((const __m256i *)(bytes + at)));
        b = _mm256_xor_si256(b, _mm256_loadu_si256((const __m256i *)(bytes + at + 32)));
        c = _mm256_xor_si256(c, _mm256_loadu_si256((const __m256i *)(bytes + at + 64)));
        d = _mm256_xor_si256(d, _mm256_loadu_si256((const __m256i *)(bytes + at + 96)));
    }
    uint64_t lanes[4];
    _mm256_storeu_si256((__m256i *)lanes, _mm256_xor_si256(_mm256_xor_si256(a, b), _mm256_xor_si256(c, d)));
    return lanes[0] ^ lanes[1] ^ lanes[2] ^ lanes[3];
}

uint64_t count_words(const uint8_t *bytes, size_t length) {
    const __m256i case_bit = _mm256_set1_epi8(0x20);
    const __m256i letter_low = _mm256_set1_epi8('a' - 1), letter_high = _mm256_set1_epi8('z' + 1);
    const __m256i digit_low = _mm256_set1_epi8('0' - 1), digit_high = _mm256_set1_epi8('9' + 1);
    uint64_t words = 0, before = 0;
    for (size_t at = 0; at + 32 <= length; at += 32) {
        __m256i raw = _mm256_loadu_si256((const __m256i *)(bytes + at));
        __m256i low = _mm256_or_si256(raw, case_bit);
        __m256i letter = _mm256_and_si256(_mm256_cmpgt_epi8(low, letter_low), _mm256_cmpgt_epi8(letter_high, low));
        __m256i digit = _mm256_and_si256(_mm256_cmpgt_epi8(raw, digit_low), _mm256_cmpgt_epi8(digit_high, raw));
        /* A byte above 127 has its top bit set already, which is all that movemask looks at. */
        __m256i word = _mm256_or_si256(_mm256_or_si256(letter, digit), raw);
        uint64_t mask = (uint32_t)_mm256_movemask_epi8(word);
        words += (uint64_t)__builtin_popcountll(mask & ~((mask << 1) | before));
        before = mask >> 31;
    }
    return words;
}
