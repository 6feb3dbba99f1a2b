<?php
/**
 * How does the card become a page? Everything is escaped where it is printed.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

namespace Theme_License\V1\Options_Page;

use Theme_License\V1\Checker;
use Theme_License\V1\Languages;
use Theme_License\V1\Notice;
use Theme_License\V1\Offline;
use Theme_License\V1\Pending;

defined( 'ABSPATH' ) || exit;

/**
 * What the files in `templates/` call `$this`.
 */
final class Template {

	private const KEY_FIELD_ID = 'theme-license-key';

	/** All that a sentence may hold beside text. */
	private const SENTENCE_HTML = array( 'bdi' => array( 'dir' => true ) );

	private string $theme;

	private Catalog $catalog;

	private Words $words;

	private Checker $checker;

	private Offline $offline;

	private Request $request;

	private Card $card;

	/** The request that is carried to the portal, where it is being carried. */
	private ?string $carried = null;

	/**
	 * @param Pending[] $pending The requests that wait for an answer.
	 */
	public function __construct( string $theme, Catalog $catalog, Checker $checker, Request $request, array $pending ) {
		$request->is_offline_step = $request->is_offline_step && array() !== $pending;

		$this->theme   = $theme;
		$this->catalog = $catalog;
		$this->words   = new Words( $theme, $catalog );
		$this->checker = $checker;
		$this->offline = new Offline( $checker );
		$this->request = $request;
		$this->card    = Card::write( $this->words, $checker, $request );
		if ( $request->is_offline_step ) {
			$this->carried = $this->offline->request_text( end( $pending ), null );
		}
	}

	/**
	 * Print the page.
	 */
	public function show(): void {
		$this->put( 'page' );
	}

	/**
	 * Print one of the templates.
	 */
	private function put( string $template ): void {
		require __DIR__ . "/templates/$template.php";
	}

	/**
	 * Print HTML that `Words` made.
	 */
	private function say( string $html ): void {
		echo wp_kses( $html, self::SENTENCE_HTML );
	}

	/**
	 * Print a sentence.
	 *
	 * @param array<string, string> $values HTML, as `Words` makes it.
	 */
	private function tell( string $sentence, array $values = array() ): void {
		$this->say( $this->words->tell( $sentence, $values ) );
	}

	/**
	 * Print attributes; those that are null or false are left out.
	 *
	 * @param array<string, string|bool|null> $attributes
	 */
	private function attributes( array $attributes ): void {
		foreach ( $attributes as $name => $value ) {
			if ( true === $value ) {
				echo ' ' . esc_attr( $name );
			} elseif ( is_string( $value ) ) {
				printf( ' %s="%s"', esc_attr( $name ), esc_attr( $value ) );
			}
		}
	}

	/**
	 * Return a sentence as plain text, for an attribute.
	 *
	 * @param array<string, string> $values HTML, as `Words` makes it.
	 */
	private function plain( string $sentence, array $values = array() ): string {
		return wp_specialchars_decode( wp_strip_all_tags( $this->words->tell( $sentence, $values ) ), ENT_QUOTES );
	}

	private function open_form( string $class_name ): void {
		echo '<form method="post"';
		$this->attributes(
			array(
				'action'        => admin_url( 'admin-post.php' ),
				'class'         => $class_name,
				'data-page'     => $this->request->address,
				'data-checking' => $this->plain( 'Checking {domain}…', array( 'domain' => $this->card->domain ) ),
				'data-slow'     => $this->plain( 'Taking longer than usual' ),
			)
		);
		echo '>';
		foreach ( $this->request->hidden_fields as $name => $value ) {
			$this->hidden_field( $name, $value );
		}
	}

	private function close_form(): void {
		echo '<p class="theme-license-progress"><span role="status"></span> <button type="button" hidden>';
		$this->tell( 'Cancel' );
		echo '</button></p></form>';
	}

	private function hidden_field( string $name, string $value ): void {
		printf( '<input type="hidden" name="%s" value="%s">', esc_attr( $name ), esc_attr( $value ) );
	}

	/**
	 * Print a button that sends its form.
	 */
	private function button( string $action, string $sentence, string $class_name = '', bool $skips_fields = false ): void {
		echo '<button name="do"';
		$this->attributes(
			array(
				'value'            => $action,
				'class'            => '' === $class_name ? null : $class_name,
				'formnovalidate'   => $skips_fields,
				'aria-describedby' => 'deactivate' === $action ? 'theme-license-consequence' : null,
			)
		);
		echo '>';
		$this->tell( $sentence );
		echo '</button> ';
	}

	/**
	 * Print a link to another view of the page, that looks like a button.
	 *
	 * @param array<string, string> $query
	 */
	private function step( array $query, string $sentence ): void {
		printf( '<a class="theme-license-button" href="%s">', esc_url( add_query_arg( $query, $this->request->address ) ) );
		$this->tell( $sentence );
		echo '</a> ';
	}

	/**
	 * Print one of the product's links, if it has it.
	 */
	private function link( string $name, string $sentence ): void {
		if ( isset( $this->card->links[ $name ] ) ) {
			printf( '<a class="theme-license-button" href="%s" rel="noopener noreferrer" target="_blank">', esc_url( $this->card->links[ $name ], array( 'https' ) ) );
			$this->tell( $sentence );
			echo '</a> ';
		}
	}

	/**
	 * Print the field for the license key.
	 */
	private function key_field( string $hint ): void {
		$is_faulty = 'license_key' === $this->card->faulty_field;
		printf( '<p class="theme-license-field"><label for="%s">', esc_attr( self::KEY_FIELD_ID ) );
		$this->tell( 'License key' );
		echo '</label><input name="license_key" dir="ltr" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="256" required';
		$this->attributes(
			array(
				'id'               => self::KEY_FIELD_ID,
				'aria-describedby' => 'theme-license-hint' . ( null === $this->card->error ? '' : ' theme-license-error' ),
				'aria-invalid'     => $is_faulty ? 'true' : null,
				'autofocus'        => $this->card->warns_after_click && 'public_name' !== $this->card->faulty_field,
			)
		);
		echo '><span class="theme-license-hint" id="theme-license-hint">';
		$this->tell( $hint );
		echo '</span></p>';
	}

	/**
	 * Print text to be copied.
	 */
	private function copied( string $id, string $label, string $text, int $rows ): void {
		printf( '<div class="theme-license-field"><label for="%s">', esc_attr( $id ) );
		$this->tell( $label );
		printf( '</label><textarea id="%s" dir="ltr" rows="%d" readonly spellcheck="false">%s</textarea>', esc_attr( $id ), (int) $rows, esc_textarea( $text ) );
		echo '<button type="button"';
		$this->attributes(
			array(
				'data-copies' => $id,
				'data-copied' => $this->plain( 'Copied' ),
				'hidden'      => true,
			)
		);
		echo '>';
		$this->tell( 'Copy' );
		echo '</button></div>';
	}

	/**
	 * Print the notice that the license is not validated, where it belongs.
	 */
	private function notice(): void {
		$is_shown = $this->checker->check()->needs_notice() && ! $this->request->is_offline_step && null === $this->request->other_domain;
		if ( $is_shown ) {
			$notice = new Notice( $this->theme, array( $this->catalog, 'gettext' ) );
			// Escaped by the core, which knows no WordPress.
			echo $notice->html( $this->catalog->language(), '#' . self::KEY_FIELD_ID, 'notice notice-warning' ); // phpcs:ignore WordPress.Security.EscapeOutput.OutputNotEscaped
		}
	}

	/**
	 * Return the sentence for what was done: the word comes from the address, so it is believed only where the verdict
	 * bears it out.
	 */
	private function done(): ?string {
		$word        = $this->request->done;
		$is_licensed = $this->checker->check()->ok;
		if ( null !== $this->request->failure || in_array( $word, array( 'deactivated', 'anew' ), true ) === $is_licensed ) {
			return null;
		}
		return Sentences::DONE[ $word ] ?? null;
	}

	private function direction(): string {
		return Languages::direction( $this->catalog->language() );
	}
}
