<?php
/**
 * A key for the name under which the site will be public, while it runs under a development name.
 *
 * @package Theme_License
 */

declare( strict_types=1 );

defined( 'ABSPATH' ) || exit;

$faults = array(
	'aria-invalid'     => 'true',
	'aria-describedby' => 'theme-license-error',
	'autofocus'        => true,
);
?>
<details<?php echo null === $this->card->error ? '' : ' open'; ?>>
	<summary><?php $this->tell( 'Enter a key for later' ); ?></summary>
	<p><?php $this->tell( 'The license is activated now for the name under which the site will be public, and takes one of its places. It takes effect when the site runs under that name.' ); ?></p>
	<p class="theme-license-field">
		<label for="theme-license-public-name"><?php $this->tell( 'Public domain name' ); ?></label>
		<input id="theme-license-public-name" name="public_name" dir="ltr" autocomplete="off" autocapitalize="none" spellcheck="false" inputmode="url" maxlength="1024" required placeholder="news.example.com"<?php $this->attributes( 'public_name' === $this->card->faulty_field ? $faults : array() ); ?>>
	</p>
	<?php $this->key_field( 'Spaces, dashes and small letters do not matter.' ); ?>
	<p class="theme-license-actions">
		<?php $this->button( 'prepare', 'Validate license' ); ?>
	</p>
</details>
