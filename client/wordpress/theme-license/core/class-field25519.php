<?php
/**
 * Which integers are squares modulo 2^255 - 19? For one question: does a public key lie on the curve?
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1;

/**
 * Arithmetic modulo 2^255 - 19 in integers of 64 bits. Nothing secret passes through here, so nothing runs in constant
 * time.
 *
 * An element is a list of fifteen limbs of seventeen bits, the lowest first. Between two steps a limb is below 2^18, so
 * that fifteen products of two limbs, nineteen times over, stay below 2^45.
 */
final class Field25519 {

	public const ZERO = array( 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 );
	public const ONE  = array( 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 );

	private const LIMBS = 15;
	private const BITS  = 17;
	private const MASK  = 0x1ffff;

	/** Twice the prime, limb by limb, so that a difference is never negative. */
	private const TWICE_PRIME = array( 0x3ffda, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe, 0x3fffe );

	/**
	 * Return the element of the 255 low bits of 32 little-endian bytes.
	 *
	 * @return int[]
	 */
	public static function read( string $bytes ): array {
		$limbs  = array();
		$held   = 0;
		$number = 0;
		foreach ( unpack( 'C*', $bytes ) as $byte ) {
			$number |= $byte << $held;
			$held   += 8;
			if ( $held >= self::BITS ) {
				$limbs[]  = $number & self::MASK;
				$number >>= self::BITS;
				$held    -= self::BITS;
			}
		}
		return $limbs;
	}

	/**
	 * Return a + b.
	 *
	 * @param int[] $a
	 * @param int[] $b
	 * @return int[]
	 */
	public static function add( array $a, array $b ): array {
		foreach ( $b as $place => $limb ) {
			$a[ $place ] += $limb;
		}
		return self::carry( $a );
	}

	/**
	 * Return a - b.
	 *
	 * @param int[] $a
	 * @param int[] $b
	 * @return int[]
	 */
	public static function subtract( array $a, array $b ): array {
		foreach ( $b as $place => $limb ) {
			$a[ $place ] += self::TWICE_PRIME[ $place ] - $limb;
		}
		return self::carry( $a );
	}

	/**
	 * Return a · b.
	 *
	 * @param int[] $a
	 * @param int[] $b
	 * @return int[]
	 */
	public static function multiply( array $a, array $b ): array {
		$product = array_fill( 0, 2 * self::LIMBS, 0 );
		foreach ( $a as $place => $limb ) {
			foreach ( $b as $other ) {
				$product[ $place++ ] += $limb * $other;
			}
		}
		$folded = array();
		for ( $place = 0; $place < self::LIMBS; $place++ ) {
			$folded[] = $product[ $place ] + 19 * $product[ $place + self::LIMBS ]; // 2^255 is 19 here.
		}
		return self::carry( $folded );
	}

	/**
	 * Return whether `$a` is the square of some element, by Euler's criterion: a^((p-1)/2) is 1, or 0 for 0.
	 *
	 * @param int[] $a
	 */
	public static function is_square( array $a ): bool {
		// (p-1)/2 = 2^254 - 10 = 16 · (2^250 - 1) + 6; $ones[n] is a^(2^n - 1).
		$ones = array( 1 => $a );
		foreach ( array( array( 1, 1 ), array( 2, 2 ), array( 4, 1 ), array( 5, 5 ), array( 10, 10 ), array( 20, 5 ), array( 25, 25 ), array( 50, 50 ), array( 100, 25 ), array( 125, 125 ) ) as list( $one, $other ) ) {
			$ones[ $one + $other ] = self::multiply( self::power_of_two( $ones[ $one ], $other ), $ones[ $other ] );
		}
		$sixth  = self::multiply( self::power_of_two( $a, 2 ), self::power_of_two( $a, 1 ) );
		$result = self::reduce( self::multiply( self::power_of_two( $ones[250], 4 ), $sixth ) );
		return self::ONE === $result || self::ZERO === $result;
	}

	/**
	 * Return a^(2^times).
	 *
	 * @param int[] $a
	 * @return int[]
	 */
	private static function power_of_two( array $a, int $times ): array {
		while ( $times-- > 0 ) {
			$a = self::multiply( $a, $a );
		}
		return $a;
	}

	/**
	 * Bring every limb below 2^17, but for what the last one carries into the first.
	 *
	 * @param int[] $a
	 * @return int[]
	 */
	private static function carry( array $a ): array {
		for ( $round = 0; $round < 2; $round++ ) {
			$carried = 0;
			foreach ( $a as $place => $limb ) {
				$limb       += $carried;
				$a[ $place ] = $limb & self::MASK;
				$carried     = $limb >> self::BITS;
			}
			$a[0] += 19 * $carried;
		}
		return $a;
	}

	/**
	 * Return the one list of limbs of `$a` whose number is below the prime.
	 *
	 * @param int[] $a
	 * @return int[]
	 */
	private static function reduce( array $a ): array {
		$a = self::carry( $a );
		// Nineteen more reach 2^255 just where the number is not below the prime.
		$carried = 19;
		foreach ( $a as $limb ) {
			$carried = $limb + $carried >> self::BITS;
		}
		$carried *= 19;
		foreach ( $a as $place => $limb ) {
			$limb       += $carried;
			$a[ $place ] = $limb & self::MASK;
			$carried     = $limb >> self::BITS;
		}
		return $a;
	}
}
